using System.Globalization;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Direct;

/// <summary>
/// Answers look-ups as transport_maps of Postfix 3.5 or later wants them (socketmap_table(5), transport(5)): for a domain with a
/// magic MX its real ones, for any other NOTFOUND, so that nothing changes for it.
/// </summary>
internal sealed class DirectMap(DestinationFinder destinations, TimeProvider time)
{
    /// <summary>The only map there is.</summary>
    public const string Name = "direct";

    private const string NotFound = "NOTFOUND ";
    private const int SmtpPort = 25;

    /// <summary>Postfix waits 100 s; the resolver gives up long before that.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <param name="request">The map's name, a blank, the key.</param>
    /// <param name="cancel">The mail server has hung up.</param>
    public async ValueTask<string> AnswerAsync(string request, CancellationToken cancel)
    {
        if (request.Split(' ', 2) is not [Name, var key])
        {
            return $"PERM there is no such map; the map here is {Name}";
        }

        // Of a socketmap Postfix asks for the whole address alone, not for its domain and that one's parents as of a file
        // (trivial-rewrite looks those up in tables of fixed strings only). postmap -q asks for what it is told to.
        var domain = key[(key.LastIndexOf('@') + 1)..].ToLowerInvariant();
        if (!HostNames.IsCanonical(domain))
        {
            return NotFound;
        }

        using var late = new CancellationTokenSource(Patience, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancel);
        try
        {
            return await destinations.FindDirectAsync(domain, end.Token) switch
            {
                { Status: DestinationStatus.Subscribed, Destination: { } destination } => $"OK smtp:{string.Join(',', destination.Hosts.Select(Hop))}",
                { Status: DestinationStatus.DnsFailure } => $"TEMP the DNS does not tell the MX of {domain}",
                _ => NotFound,
            };
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return $"TIMEOUT the DNS takes too long for {domain}";
        }
    }

    // In brackets: Postfix is to ask for no MX of it.
    private static string Hop(MxHost host) =>
        host.Port == SmtpPort ? $"[{host.Name}]" : string.Create(CultureInfo.InvariantCulture, $"[{host.Name}]:{host.Port}");
}
