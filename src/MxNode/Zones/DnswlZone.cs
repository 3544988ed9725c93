using System.Net;
using System.Text;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.Protocol.Dns;
using ThrottleNet.TrustList;
using ThrottleNet.TrustList.Exports;

namespace ThrottleNet.MxNode.Zones;

/// <summary>
/// The trusted list as a DNS whitelist (RFC 5782): A and TXT records at the reverse name of each trusted address, and of each relay of
/// the network. While it is not known whether the list is current, every answer is SERVFAIL: neither "trusted" nor "not trusted".
/// </summary>
internal sealed class DnswlZone(string origin, NameServers servers, TrustBook book, LiveNodes nodes, TimeProvider time) : Zone(origin, servers)
{
    /// <summary>Never listed, so that users notice a zone that lists everything (RFC 5782, section 5).</summary>
    private static readonly IPAddress NeverListed = IPAddress.Loopback;

    protected override uint Serial => book.Serial;

    protected override DnsMessage Answer(DnsMessage query, DnsQuestion question, ReadOnlySpan<char> labels)
    {
        if (!book.IsCurrent)
        {
            return Failure(query);
        }

        if (labels.IsEmpty)
        {
            return NoData(query);
        }

        if (!ReverseName.TryRead(labels, out var address, out var isPartial))
        {
            return NoName(query);
        }

        if (address is null || Find(address) is not { } entry)
        {
            // A name that longer names end with exists. Otherwise resolvers would not ask for the longer ones (RFC 8020).
            return isPartial ? NoData(query) : NoName(query);
        }

        return question.Type switch
        {
            DnsType.A or DnsType.Any => Found(query, new AddressRecord(question.Name, Ttl(entry), Dnswl.Answer(entry))),
            DnsType.Txt => Found(query, new TxtRecord(question.Name, Ttl(entry), Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(Dnswl.Text(entry))))),
            _ => NoData(query),
        };
    }

    private TrustEntry? Find(IPAddress address)
    {
        address = address.Unmapped();
        return address.Equals(NeverListed) ? null
            : address.Equals(Dnswl.TestPoint) ? Dnswl.TestEntry
            : book.Find(address) ?? (nodes.Knows(address) ? Dnswl.RelayEntry : null);
    }

    /// <summary>Seconds: no cache may hold an answer beyond the entry's expiry.</summary>
    private uint Ttl(TrustEntry entry) =>
        entry.Expires is { } expires ? (uint)Math.Clamp((expires - time.GetUtcNow()).TotalSeconds, 0, LongestTtl) : LongestTtl;
}
