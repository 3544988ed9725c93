using System.Net;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Dns;

/// <summary>Looks up the addresses of a name in both families at the same time.</summary>
internal static class AddressLookup
{
    /// <summary>
    /// How long the slower family is waited for once the faster one has addresses. Some authorities never answer AAAA; without this
    /// bound every connection to such a host would begin with the resolver's whole timeout.
    /// </summary>
    public static readonly TimeSpan OtherFamilyPatience = TimeSpan.FromMilliseconds(300);

    /// <summary>All addresses of a name, IPv4 first. Waits for both families.</summary>
    /// <returns>The addresses; IsComplete is false when the DNS did not answer for one family, so that addresses may be missing.</returns>
    /// <inheritdoc cref="IDnsResolver.QueryAsync"/>
    public static async ValueTask<(IReadOnlyList<IPAddress> Addresses, bool IsComplete)> FindAddressesAsync(this IDnsResolver dns, string name, CancellationToken cancel)
    {
        var answers = await Task.WhenAll(dns.QueryAsync(name, DnsType.A, cancel).AsTask(), dns.QueryAsync(name, DnsType.Aaaa, cancel).AsTask());
        return (
            [.. answers.SelectMany(answer => answer.Records).OfType<AddressRecord>().Select(record => record.Address)],
            Array.TrueForAll(answers, answer => answer.Status != DnsStatus.Failure));
    }

    /// <summary>
    /// The answers for both families. Once one has addresses, the other is waited for no longer than <see cref="OtherFamilyPatience"/>;
    /// a family that did not answer by then counts as a failure. Its query goes on and fills the cache.
    /// </summary>
    /// <inheritdoc cref="IDnsResolver.QueryAsync"/>
    public static async ValueTask<(DnsAnswer V4, DnsAnswer V6)> QueryBothFamiliesAsync(this IDnsResolver dns, string name, TimeProvider time, CancellationToken cancel)
    {
        var v4 = dns.QueryAsync(name, DnsType.A, cancel).AsTask();
        var v6 = dns.QueryAsync(name, DnsType.Aaaa, cancel).AsTask();
        var first = await Task.WhenAny(v4, v6);
        if ((await first).Status != DnsStatus.Success)
        {
            return (await v4, await v6);
        }

        using var late = new CancellationTokenSource(OtherFamilyPatience, time);
        try
        {
            return (await v4.WaitAsync(late.Token), await v6.WaitAsync(late.Token));
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return first == v4 ? (await first, DnsAnswer.Failure) : (DnsAnswer.Failure, await first);
        }
    }
}
