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
    /// <summary>A node says the same again after this time, so that a full <see cref="CardBook"/> knows which nodes are gone.</summary>
    public static readonly TimeSpan RepeatInterval = TimeSpan.FromMinutes(5);

    // As many as a certificate may name.
    private const int Most = SubjectAltNames.Most;

    /// <summary>The addresses and names that are such.</summary>
    [JsonIgnore]
    public SubjectAltNames Hosts => new([.. Parse(Addresses)], [.. Names.Take(Most).Where(name => DnsName.IsValid(name)).Select(DnsName.Canonical)]);

    /// <summary>All addresses that its mail may come from.</summary>
    [JsonIgnore]
    public IEnumerable<IPAddress> AllSources => Parse(Addresses).Concat(Parse(Sources));

    /// <summary>Whether it is to be said: it says something else than the last one that was said, or that one is old.</summary>
    public bool IsNewsAfter(NodeCard? last) =>
        last is null || (Incarnation, IsReady, LeftName) != (last.Incarnation, last.IsReady, last.LeftName)
        || !Addresses.SequenceEqual(last.Addresses) || !Names.SequenceEqual(last.Names) || !Sources.SequenceEqual(last.Sources)
        || At - last.At >= RepeatInterval.TotalMilliseconds;

    private static IEnumerable<IPAddress> Parse(IReadOnlyList<string> addresses) =>
        addresses.Take(Most).Select(text => IPAddress.TryParse(text, out var address) ? address : null).OfType<IPAddress>();
}
