using System.Net;
using System.Security.Cryptography.X509Certificates;
using ThrottleNet.Counting.Blocks;
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
        IReadOnlyList<LiveNode> up = [.. live.Select(LiveNode.Of)];

        // A relay may send its mail from other addresses than it is called at: those that it tells or its certificate names, and behind
        // NAT usually the one that its links come from.
        nodes.ReplaceSources(up.SelectMany(node => node.Sources).Concat(own.Sources), Time.GetUtcNow());
        Publish(up);
        await names.ResolveAsync([.. Relays(up)], stopping);
        Publish(up);
    }

    // Certificates do not say whether a neighbour takes mail, so all neighbours count as relays.
    private IEnumerable<SubjectAltNames> Relays(IEnumerable<LiveNode> up) => up.Select(n => n.Hosts).Concat(own.IfRelay);

    private void Publish(IReadOnlyList<LiveNode> up)
    {
        var before = nodes.Addresses;
        Replace(up);
        Remember(up);
        Log(nodes.Addresses.Except(before), log.NodesUp);
        Log(before.Except(nodes.Addresses), log.NodesGone);
    }

    private void Replace(IReadOnlyList<LiveNode> up)
    {
        var left = up.Where(node => node.LeftName).Select(node => node.Hosts).Concat(own.LeftName ? own.IfRelay : []).ToList();
        var staying = up.Where(node => !node.LeftName).Select(node => node.Hosts).Concat(own.LeftName ? [] : own.IfRelay).ToList();
        SubjectAltNames[] relays = [.. left, .. staying];

        // If more than half have left, all stay: otherwise a few destinations could take the network's name away, by refusing every node.
        // A name in a node's certificate may lead to another node's address, which stays.
        var unlisted = left.Count > staying.Count ? [] : left.SelectMany(AddressesOf).Except(staying.SelectMany(AddressesOf));
        nodes.Replace(relays, own.IfNotRelay, relays.SelectMany(names.Of), unlisted);
    }

    private IEnumerable<IPAddress> AddressesOf(SubjectAltNames host) => host.Addresses.Concat(names.Of(host)).Select(MappedAddress.Unmapped);

    private void Remember(IReadOnlyList<LiveNode> up)
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
    /// <param name="Sources">Further addresses that its mail may come from.</param>
    /// <param name="LeftName">It has left the magic name.</param>
    private sealed record LiveNode(SubjectAltNames Hosts, DateTimeOffset ValidUntil, IReadOnlyList<IPAddress> Sources, bool LeftName)
    {
        public static LiveNode Of(Neighbour neighbour)
        {
            using var certificate = X509CertificateLoader.LoadCertificate(neighbour.Certificate.Span);
            var hosts = SubjectAltNames.Of(certificate);
            IEnumerable<IPAddress> seen = neighbour.SeenFrom is { } from ? [from] : [];
            return new LiveNode(hosts, new DateTimeOffset(certificate.NotAfter), [.. seen, .. hosts.Egress, .. neighbour.Note?.Sources ?? []], neighbour.Note?.LeftName ?? false);
        }
    }
}
