using System.Globalization;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.Protocol.Dane;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.TlsPolicy;

/// <summary>Looks up the TLSA records of a mail server (RFC 7672, section 2.2). Answers are in the resolver's cache.</summary>
internal sealed class DaneLookup(IDnsResolver dns, DnsOptions options, TimeProvider time)
{
    // More than any server publishes. Each is compared with each certificate of the server's chain.
    private const int MaxRecords = 32;

    /// <summary>Whether the resolvers' AD bit counts as proof by DNSSEC (<c>Dns:TrustAd</c>). Without it every answer is <see cref="DaneStatus.None"/>.</summary>
    public bool IsOn => options.TrustAd;

    /// <summary>The records that count for a server.</summary>
    /// <param name="host">Canonical name of the mail exchanger.</param>
    /// <param name="port">The TCP port that it is called at.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <inheritdoc cref="IDnsResolver.QueryAsync" path="/exception"/>
    public async ValueTask<DaneAnswer> FindAsync(string host, int port, CancellationToken cancel)
    {
        if (!IsOn || !HostNames.IsCanonical(host))
        {
            return DaneAnswer.None;
        }

        // The query goes out with those for the addresses, and costs no time of its own. Its answer is not waited for where the addresses are not
        // secure: some name servers of unsigned zones do not answer it (RFC 7672, section 2.2.2).
        var early = AskAsync(host, port, cancel).AsTask();
        var (v4, v6) = await dns.QueryBothFamiliesAsync(host, time, cancel);
        DnsAnswer[] found = [.. new[] { v4, v6 }.Where(answer => answer.Status == DnsStatus.Success)];
        if (found.Length == 0)
        {
            return v4.Status == DnsStatus.Failure || v6.Status == DnsStatus.Failure ? DaneAnswer.Failure : DaneAnswer.None;
        }

        var isSecure = Array.TrueForAll(found, answer => answer.IsSecure);
        var end = found[0].Records[0].Name;
        if (end == host)
        {
            return isSecure ? await early : DaneAnswer.None;
        }

        // An alias: the records of its target come first, if the whole chain is secure; then those of the name itself, if the alias is.
        if (isSecure)
        {
            return await AskAsync(end, port, cancel) is { Status: not DaneStatus.None } atEnd ? atEnd : await early;
        }

        return await dns.QueryAsync(host, DnsType.Cname, cancel) switch
        {
            { Status: DnsStatus.Failure } => DaneAnswer.Failure,
            { IsSecure: true, Status: DnsStatus.Success } => await early,
            _ => DaneAnswer.None,
        };
    }

    private async ValueTask<DaneAnswer> AskAsync(string name, int port, CancellationToken cancel)
    {
        var answer = await dns.QueryAsync(string.Create(CultureInfo.InvariantCulture, $"_{port}._tcp.{name}"), DnsType.Tlsa, cancel);
        if (answer.Status == DnsStatus.Failure)
        {
            return DaneAnswer.Failure;
        }

        if (answer is not { Status: DnsStatus.Success, IsSecure: true })
        {
            return DaneAnswer.None;
        }

        var usable = TlsaSet.Usable(answer.Records.OfType<TlsaRecord>().Take(MaxRecords));
        return new DaneAnswer(usable.IsEmpty ? DaneStatus.Unusable : DaneStatus.Usable, name, usable);
    }
}
