using System.Globalization;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Direct;

/// <summary>
/// Answers look-ups of a trusted sender's mail server (socketmap_table(5)): for a domain with a magic MX its real MX, for any other
/// domain NOTFOUND, so that the mail server does as it always did. The map's name may be any; it selects the answer's shape.
/// </summary>
internal sealed class DirectMap(DestinationFinder destinations, DirectOptions options, TimeProvider time)
{
    private const string NotFound = "NOTFOUND ";
    private const int SmtpPort = 25;

    private readonly DirectShape _shape = DirectOptions.ShapeOf(options.Shape) ?? throw new ArgumentException($"{options.Shape} is no shape", nameof(options));

    /// <summary>Postfix waits 100 s for an answer; the resolver gives up long before that.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <param name="request">The map's name, a blank, the key.</param>
    /// <param name="cancel">Ends the look-up.</param>
    public async ValueTask<string> AnswerAsync(string request, CancellationToken cancel)
    {
        if (request.Split(' ', 2) is not [var map, var key])
        {
            return "PERM the request is no map name, blank and key";
        }

        // Postfix asks a socketmap for the whole address only; it asks a file for the domain and its parents too (trivial-rewrite looks these
        // up only in tables of fixed strings). postmap -q asks for exactly the key that it is given.
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
                { Status: DestinationStatus.Subscribed, Destination: { } destination } => $"OK {Route(DirectOptions.ShapeOf(map) ?? _shape, destination)}",
                { Status: DestinationStatus.DnsFailure } => $"TEMP the DNS does not answer for the MX of {domain}",
                _ => NotFound,
            };
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return $"TIMEOUT the DNS takes too long for {domain}";
        }
    }

    // A name in brackets is not looked up for MX records again.
    private static string Route(DirectShape shape, Destination destination) => shape switch
    {
        DirectShape.Sendmail => $"esmtp:{string.Join(':', destination.Hosts.Select(host => $"[{host.Name}]"))}",
        DirectShape.Exim => string.Join(':', destination.Hosts.Select(host => host.Name + Port(host, "::"))),
        DirectShape.OpenSmtpd => $"smtp://{destination.Hosts[0].Name}{Port(destination.Hosts[0], ":")}",
        _ => $"smtp:{string.Join(',', destination.Hosts.Select(host => $"[{host.Name}]{Port(host, ":")}"))}",
    };

    private static string Port(MxHost host, string separator) => host.Port == SmtpPort ? "" : separator + host.Port.ToString(CultureInfo.InvariantCulture);
}
