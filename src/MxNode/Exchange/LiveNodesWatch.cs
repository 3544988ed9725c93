using System.Net;
using System.Security.Cryptography.X509Certificates;

using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>
/// Keeps <see cref="LiveNodes"/> current. When a node links, the addresses in its certificate are known at once; the addresses of
/// its names follow when the DNS has answered.
/// </summary>
internal sealed class LiveNodesWatch(LiveNodes nodes, Neighbours neighbours, OwnAltNames own, NodeNames names, ExchangeLog log, NodeHealth health)
    : PeriodicService("live nodes", LookEvery, health)
{
    /// <summary>The check interval. A node that died is no longer live after this time and <see cref="MaxSilence"/>.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);

    /// <summary>A neighbour without a frame for this time is not live. Neighbours send a frame every second.</summary>
    private static readonly TimeSpan MaxSilence = TimeSpan.FromSeconds(5);

    /// <summary>How long the addresses of a name are remembered after the node was last live. Names may move to other addresses.</summary>
    private static readonly TimeSpan NameLife = TimeSpan.FromDays(1);

    protected override bool TicksAtStart => true;

    /// <summary>Makes this node's own addresses known before the node serves.</summary>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        Replace([]);
        return base.StartAsync(cancellationToken);
    }

    protected override async Task TickAsync(CancellationToken stopping)
    {
        var live = await neighbours.LiveAsync(MaxSilence).WaitAsync(stopping);
        IReadOnlyList<Neighbour> up = [.. live.Select(neighbour => Neighbour.Of(neighbour.Certificate))];

        // A relay may send its mail from other addresses than it is called at: those that its certificate names, and behind NAT usually
        // the one that its links come from.
        nodes.ReplaceSources(live.Select(neighbour => neighbour.SeenFrom).OfType<IPAddress>().Concat(up.SelectMany(neighbour => neighbour.Hosts.Egress)));
        Publish(up);
        await names.ResolveAsync([.. Relays(up)], stopping);
        Publish(up);
    }

    // Certificates do not say whether a neighbour takes mail, so all neighbours count as relays.
    private IEnumerable<SubjectAltNames> Relays(IEnumerable<Neighbour> up) => up.Select(n => n.Hosts).Concat(own.IfRelay);

    private void Publish(IReadOnlyList<Neighbour> up)
    {
        var before = nodes.Addresses;
        Replace(up);
        Remember(up);
        Log(nodes.Addresses.Except(before), log.NodesUp);
        Log(before.Except(nodes.Addresses), log.NodesGone);
    }

    private void Replace(IReadOnlyList<Neighbour> up)
    {
        SubjectAltNames[] relays = [.. Relays(up)];
        nodes.Replace(relays, own.IfNotRelay, relays.SelectMany(names.Of));
    }

    private void Remember(IReadOnlyList<Neighbour> up)
    {
        var now = Time.GetUtcNow();
        var nameEnd = now + NameLife;
        nodes.Remember(
            up.SelectMany(n => n.Hosts.Addresses.Select(a => (a, n.ValidUntil)).Concat(names.Of(n.Hosts).Select(a => (a, n.ValidUntil < nameEnd ? n.ValidUntil : nameEnd)))),
            now);
    }

    private static void Log(IEnumerable<IPAddress> addresses, Action<string> line)
    {
        if (string.Join(", ", addresses.Select(a => a.ToString()).Order(StringComparer.Ordinal)) is { Length: > 0 } text)
        {
            line(text);
        }
    }

    /// <param name="Hosts">Where the node is.</param>
    /// <param name="ValidUntil">When its certificate expires.</param>
    private sealed record Neighbour(SubjectAltNames Hosts, DateTimeOffset ValidUntil)
    {
        public static Neighbour Of(ReadOnlyMemory<byte> der)
        {
            using var certificate = X509CertificateLoader.LoadCertificate(der.Span);
            return new Neighbour(SubjectAltNames.Of(certificate), new DateTimeOffset(certificate.NotAfter));
        }
    }
}
