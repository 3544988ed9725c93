using System.Collections.Immutable;
using System.Net;
using System.Text.Json.Serialization;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Cluster.Zone;

/// <summary>Where a node of the cluster takes mail, and where its mail comes from, as it says itself.</summary>
/// <param name="Node">Its name.</param>
/// <param name="Incarnation">Its start.</param>
/// <param name="At">When it said so, milliseconds since 1970.</param>
/// <param name="IsReady">It serves, has had the order of all shards, and is not stopping.</param>
/// <param name="LeftName">Destinations refuse it for its name, so the magic name does not have it.</param>
/// <param name="Addresses">Where it takes mail; empty for a node that takes none.</param>
/// <param name="Names">Its host names.</param>
/// <param name="Sources">Further addresses that its mail leaves from.</param>
internal sealed record NodeCard(
    string Node, ulong Incarnation, long At, bool IsReady, bool LeftName, IReadOnlyList<string> Addresses, IReadOnlyList<string> Names, IReadOnlyList<string> Sources)
{
    // As many as a certificate may name.
    private const int Most = SubjectAltNames.Most;

    /// <summary>The addresses and names that are such.</summary>
    [JsonIgnore]
    public SubjectAltNames Hosts => new([.. Parse(Addresses)], [.. Names.Take(Most).Where(name => DnsName.IsValid(name)).Select(DnsName.Canonical)]);

    /// <summary>All addresses that its mail may come from.</summary>
    [JsonIgnore]
    public IEnumerable<IPAddress> AllSources => Parse(Addresses).Concat(Parse(Sources));

    /// <summary>Whether it says something else than before.</summary>
    public bool Differs(NodeCard? other) =>
        other is null || (Incarnation, IsReady, LeftName) != (other.Incarnation, other.IsReady, other.LeftName)
        || !Addresses.SequenceEqual(other.Addresses) || !Names.SequenceEqual(other.Names) || !Sources.SequenceEqual(other.Sources);

    private static IEnumerable<IPAddress> Parse(IReadOnlyList<string> addresses) =>
        addresses.Take(Most).Select(text => IPAddress.TryParse(text, out var address) ? address : null).OfType<IPAddress>();
}
