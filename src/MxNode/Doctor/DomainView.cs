using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Doctor;

/// <summary>A domain's MX records, as the DNS gives them and as this node reads them.</summary>
/// <param name="Domain">Canonical.</param>
/// <param name="Answer">The DNS's answer about its MX.</param>
/// <param name="Found">What this node makes of it.</param>
internal sealed record DomainView(string Domain, DnsAnswer Answer, DestinationAnswer Found)
{
    /// <summary>Its MX records, best first.</summary>
    public IReadOnlyList<MxRecord> Exchanges { get; } = [.. Answer.Records.OfType<MxRecord>().OrderBy(mx => mx.Preference)];

    /// <summary>Those that name this network.</summary>
    public required IReadOnlyList<MxRecord> Ours { get; init; }

    /// <summary>Those that name hosts to which mail may be passed on.</summary>
    public required IReadOnlyList<MxRecord> Real { get; init; }

    /// <summary>Those that name other networks.</summary>
    public required IReadOnlyList<MxRecord> Others { get; init; }

    /// <summary>The hosts to which mail may be passed on; a route of this node's configuration comes before MX records.</summary>
    public required IReadOnlyList<MxHost> Hosts { get; init; }

    /// <summary>Whether a route of this node's configuration replaces the MX records.</summary>
    public bool IsRouted => Found.Destination?.Hosts is [{ IsRoute: true }, ..];
}
