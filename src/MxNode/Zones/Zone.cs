using System.Collections.Immutable;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Zones;

/// <summary>
/// A zone whose answers are computed for each query; this node is authoritative for all of it. Resolvers may cache an answer for a
/// minute at most, so that a revoked entry, or a node that died, is soon out of use.
/// </summary>
internal abstract class Zone(string origin, NameServers servers)
{
    /// <summary>Seconds: the longest time that any answer may be cached.</summary>
    public const uint LongestTtl = 60;

    // Seconds. Only secondary servers use these values; the zone is never transferred, so it has none.
    private const uint Refresh = 3600;
    private const uint Retry = 600;
    private const uint Expire = 86_400;

    /// <summary>The zone's name, in canonical form.</summary>
    public string Origin => origin;

    /// <summary>The SOA's serial: rises when the zone's content changes.</summary>
    protected abstract uint Serial { get; }

    /// <summary>Seconds that a negative answer may be cached (RFC 2308, section 5).</summary>
    protected virtual uint NegativeTtl => LongestTtl;

    public bool Holds(string name) => DnsName.IsAtOrUnder(name, origin);

    /// <summary>Answers a query with one question of class Internet for a name that the zone holds.</summary>
    public DnsMessage Answer(DnsMessage query) => query.Questions[0] switch
    {
        // ANY is answered with one of the types that exist (RFC 8482, section 4.1).
        { Type: DnsType.Soa or DnsType.Any } question when question.Name == origin => Found(query, Soa()),
        { Type: DnsType.Ns } question when question.Name == origin => Found(query, [.. servers.All().Select(server => new NsRecord(origin, LongestTtl, server))]) with
        {
            Additionals = [.. servers.Glue(LongestTtl)],
        },
        var question => Answer(query, question, question.Name.AsSpan(0, Math.Max(0, question.Name.Length - origin.Length - 1))),
    };

    /// <param name="query">The query, from which the answer is made.</param>
    /// <param name="question">Its question.</param>
    /// <param name="labels">The question's name without the zone's name; empty for the zone's name itself.</param>
    protected abstract DnsMessage Answer(DnsMessage query, DnsQuestion question, ReadOnlySpan<char> labels);

    protected static DnsMessage Found(DnsMessage query, params ImmutableArray<DnsRecord> records) =>
        query.Reply(DnsResponseCode.NoError) with { IsAuthoritative = true, Answers = records };

    /// <summary>The name exists, records of this type do not.</summary>
    protected DnsMessage NoData(DnsMessage query) => Nothing(query, DnsResponseCode.NoError);

    /// <summary>Neither the name nor any name below it exists (RFC 8020).</summary>
    protected DnsMessage NoName(DnsMessage query) => Nothing(query, DnsResponseCode.NameError);

    /// <summary>This server cannot tell. The client asks another server, or later.</summary>
    protected static DnsMessage Failure(DnsMessage query) => query.Reply(DnsResponseCode.ServerFailure);

    private DnsMessage Nothing(DnsMessage query, DnsResponseCode code) => query.Reply(code) with { IsAuthoritative = true, Authorities = [Soa() with { Ttl = NegativeTtl }] };

    private SoaRecord Soa() => new(origin, LongestTtl, servers.Primary, $"hostmaster.{origin}", Serial, Refresh, Retry, Expire, NegativeTtl);
}
