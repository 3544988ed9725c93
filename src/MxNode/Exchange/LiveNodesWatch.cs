using System.Net;
using System.Security.Cryptography.X509Certificates;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Inbound;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>Keeps <see cref="LiveNodes"/> in step with the links. A name is resolved while its node is up; the addresses in certificates never wait for the DNS.</summary>
/// <param name="nodes">What is kept.</param>
/// <param name="loop">Knows the links.</param>
/// <param name="credentials">This node's own certificate.</param>
/// <param name="dns">Asked for the names, but never for those that this network's nodes answer themselves.</param>
/// <param name="served">The zones they answer.</param>
/// <param name="smtp">Whether this node takes mail: only then is it one that mail may be sent to, or comes from.</param>
/// <param name="time">Ticks.</param>
/// <param name="log">Hears who came and who went.</param>
internal sealed class LiveNodesWatch(
    LiveNodes nodes, ExchangeLoop loop, CredentialStore credentials, IDnsResolver dns, ServedZones served, SmtpOptions smtp, TimeProvider time,
    ExchangeLog log)
    : BackgroundService
{
    /// <summary>A node that died is gone after this, and the silence that its neighbours allow it.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);

    /// <summary>Neighbours say something every second.</summary>
    private static readonly TimeSpan MaxSilence = TimeSpan.FromSeconds(5);

    /// <summary>Names that the DNS has not answered by then keep what it said last.</summary>
    private static readonly TimeSpan DnsPatience = TimeSpan.FromSeconds(1);

    /// <summary>What a name led to is known no longer than that after the node was last up: names move.</summary>
    private static readonly TimeSpan NameLife = TimeSpan.FromDays(1);

    private Dictionary<string, IReadOnlyList<IPAddress>> _resolved = [];

    /// <summary>The node itself is known before anybody asks.</summary>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        Replace([]);
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LookEvery, time);
        do
        {
            var certificates = await loop.CertificatesAsync(MaxSilence).WaitAsync(stoppingToken);
            IReadOnlyList<Neighbour> up = [.. certificates.Select(Neighbour.Of)];
            Publish(up);
            await ResolveAsync([.. Relays(up)], stoppingToken);
            Publish(up);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private NodeHosts[] Self() => [NodeHosts.Of(credentials.Current().Certificate)];

    // What the others do is not in their certificates.
    private IEnumerable<NodeHosts> Relays(IEnumerable<Neighbour> up) => up.Select(n => n.Hosts).Concat(smtp.Listen.Count > 0 ? Self() : []);

    private IEnumerable<IPAddress> Resolved(NodeHosts node) => node.Names.SelectMany(name => _resolved.GetValueOrDefault(name) ?? []);

    private void Publish(IReadOnlyList<Neighbour> up)
    {
        var before = nodes.Addresses;
        Replace(up);
        Remember(up);
        Tell(nodes.Addresses.Except(before), log.NodesUp);
        Tell(before.Except(nodes.Addresses), log.NodesGone);
    }

    private void Replace(IReadOnlyList<Neighbour> up)
    {
        NodeHosts[] relays = [.. Relays(up)];
        nodes.Replace(relays, smtp.Listen.Count > 0 ? [] : Self(), relays.SelectMany(Resolved));
    }

    private void Remember(IReadOnlyList<Neighbour> up)
    {
        var now = time.GetUtcNow();
        var names = now + NameLife;
        nodes.Remember(
            up.SelectMany(n => n.Hosts.Addresses.Select(a => (a, n.ValidUntil)).Concat(Resolved(n.Hosts).Select(a => (a, n.ValidUntil < names ? n.ValidUntil : names)))),
            now);
    }

    private static void Tell(IEnumerable<IPAddress> addresses, Action<string> line)
    {
        if (string.Join(", ", addresses.Select(a => a.ToString()).Order(StringComparer.Ordinal)) is { Length: > 0 } text)
        {
            line(text);
        }
    }

    private async Task ResolveAsync(IEnumerable<NodeHosts> up, CancellationToken stopping)
    {
        using var patience = new CancellationTokenSource(DnsPatience, time);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stopping);
        var names = up.SelectMany(node => node.Names).Where(name => !served.Hold(name)).Distinct();
        var found = await Task.WhenAll(names.Select(async name => (Name: name, Addresses: await ResolveAsync(name, cancel.Token))));
        _resolved = found.ToDictionary(pair => pair.Name, pair => pair.Addresses);
    }

    private async Task<IReadOnlyList<IPAddress>> ResolveAsync(string name, CancellationToken cancel)
    {
        try
        {
            var (addresses, isComplete) = await dns.FindAddressesAsync(name, cancel);
            if (isComplete)
            {
                return [.. addresses.Take(NodeHosts.Most)];
            }
        }
        catch (OperationCanceledException)
        {
            // Too slow this time.
        }

        return _resolved.GetValueOrDefault(name) ?? [];
    }

    /// <param name="Hosts">Where it is.</param>
    /// <param name="ValidUntil">When its certificate runs out.</param>
    private sealed record Neighbour(NodeHosts Hosts, DateTimeOffset ValidUntil)
    {
        public static Neighbour Of(ReadOnlyMemory<byte> der)
        {
            using var certificate = X509CertificateLoader.LoadCertificate(der.Span);
            return new Neighbour(NodeHosts.Of(certificate), new DateTimeOffset(certificate.NotAfter));
        }
    }
}
