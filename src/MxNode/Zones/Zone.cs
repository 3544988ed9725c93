using System.Collections.Immutable;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Zones;

/// <summary>
/// A zone whose answers are made when they are asked for; this node is authoritative for all of it. Answers are kept for a
/// minute at most, so that what was revoked, or died, is out of use soon.
/// </summary>
internal abstract class Zone(string origin, NameServers servers)
{
    /// <summary>Seconds that any answer may be kept, "there is none" included (RFC 2308, section 5).</summary>
    public const uint LongestTtl = 60;

    // For secondary servers, of which there are none, since a zone is never transferred: usual values, in seconds.
    private const uint Refresh = 3600;
    private const uint Retry = 600;
    private const uint Expire = 86_400;

    /// <summary>The zone's name, in canonical form.</summary>
    public string Origin => origin;

    /// <summary>Rises with what the zone holds.</summary>
    protected abstract uint Serial { get; }

    public bool Holds(string name) => DnsName.IsAtOrUnder(name, origin);

    /// <summary>Answers a query whose one question is of the class Internet, for a name that the zone holds.</summary>
    public DnsMessage Answer(DnsMessage query) => query.Questions[0] switch
    {
        // ANY gets one of the kinds there are (RFC 8482, section 4.1).
        { Type: DnsType.Soa or DnsType.Any } question when question.Name == origin => Found(query, Soa()),
        { Type: DnsType.Ns } question when question.Name == origin => Found(query, [.. servers.All().Select(server => new NsRecord(origin, LongestTtl, server))]) with
        {
            Additionals = [.. servers.Glue(LongestTtl)],
        },
        var question => Answer(query, question, question.Name.AsSpan(0, Math.Max(0, question.Name.Length - origin.Length - 1))),
    };

    /// <param name="query">To make the answer from.</param>
    /// <param name="question">What it asks.</param>
    /// <param name="labels">The name without the zone's; empty for the zone's own.</param>
    protected abstract DnsMessage Answer(DnsMessage query, DnsQuestion question, ReadOnlySpan<char> labels);

    protected static DnsMessage Found(DnsMessage query, params ImmutableArray<DnsRecord> records) =>
        query.Reply(DnsResponseCode.NoError) with { IsAuthoritative = true, Answers = records };

    /// <summary>The name is there, records of this kind are not.</summary>
    protected DnsMessage NoData(DnsMessage query) => Nothing(query, DnsResponseCode.NoError);

    /// <summary>Neither the name nor any below it is there (RFC 8020).</summary>
    protected DnsMessage NoName(DnsMessage query) => Nothing(query, DnsResponseCode.NameError);

    /// <summary>This server cannot tell; the client asks another one, or later.</summary>
    protected static DnsMessage Failure(DnsMessage query) => query.Reply(DnsResponseCode.ServerFailure);

    private DnsMessage Nothing(DnsMessage query, DnsResponseCode code) => query.Reply(code) with { IsAuthoritative = true, Authorities = [Soa()] };

    private SoaRecord Soa() => new(origin, LongestTtl, servers.Primary, $"hostmaster.{origin}", Serial, Refresh, Retry, Expire, LongestTtl);
}
