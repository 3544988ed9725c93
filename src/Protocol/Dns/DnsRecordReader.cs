using System.Collections.Immutable;
using System.Net;
using System.Text;

namespace ThrottleNet.Protocol.Dns;

/// <summary>Reads records (RFC 1035, section 4.1.3).</summary>
internal static class DnsRecordReader
{
    // Octets of a TLSA record before its data. A shorter one is kept as an unknown record, so that it spoils no other record of the message.
    private const int TlsaFields = 3;

    /// <summary>A record; its data has to end where its length says.</summary>
    public static bool TryRead(ref DnsReader reader, out DnsRecord? record)
    {
        record = null;
        if (!reader.TryReadName(out var name)
            || !reader.TryReadUInt16(out var type)
            || !reader.TryReadUInt16(out var @class)
            || !reader.TryReadUInt32(out var ttl)
            || !reader.TryReadUInt16(out var length)
            || !reader.TryTake(length, out var data))
        {
            return false;
        }

        record = ReadData(ref data, name, (DnsType)type, @class, ttl);
        return record is not null && data.Remaining == 0;
    }

    private static DnsRecord? ReadData(ref DnsReader data, string name, DnsType type, ushort @class, uint ttl) =>
        // OPT uses the class and TTL fields otherwise; the message reads them from the raw record.
        @class != DnsQuestion.Internet || type == DnsType.Opt
            ? ReadUnknown(ref data, name, type, @class, ttl)
            : type switch
            {
                DnsType.A => data.TryReadBytes(4, out var v4) ? new AddressRecord(name, ttl, new IPAddress(v4)) : null,
                DnsType.Aaaa => data.TryReadBytes(16, out var v6) ? new AddressRecord(name, ttl, new IPAddress(v6)) : null,
                DnsType.Ns => data.TryReadName(out var server) ? new NsRecord(name, ttl, server) : null,
                DnsType.Cname => data.TryReadName(out var target) ? new CnameRecord(name, ttl, target) : null,
                DnsType.Ptr => data.TryReadName(out var target) ? new PtrRecord(name, ttl, target) : null,
                DnsType.Mx => data.TryReadUInt16(out var preference) && data.TryReadName(out var exchange)
                    ? new MxRecord(name, ttl, preference, exchange)
                    : null,
                DnsType.Txt => ReadText(ref data, name, ttl),
                DnsType.Srv => data.TryReadUInt16(out var priority)
                    && data.TryReadUInt16(out var weight)
                    && data.TryReadUInt16(out var port)
                    && data.TryReadName(out var target)
                        ? new SrvRecord(name, ttl, priority, weight, port, target)
                        : null,
                DnsType.Soa => ReadSoa(ref data, name, ttl),
                DnsType.Tlsa when data.Remaining >= TlsaFields => ReadTlsa(ref data, name, ttl),
                _ => ReadUnknown(ref data, name, type, @class, ttl),
            };

    private static UnknownRecord ReadUnknown(ref DnsReader data, string name, DnsType type, ushort @class, uint ttl)
    {
        data.TryReadBytes(data.Remaining, out var octets);
        return new UnknownRecord(name, type, @class, ttl, [.. octets]);
    }

    private static TxtRecord? ReadText(ref DnsReader data, string name, uint ttl)
    {
        var strings = ImmutableArray.CreateBuilder<string>(1);
        do
        {
            if (!data.TryReadByte(out var length) || !data.TryReadBytes(length, out var text))
            {
                return null;
            }

            strings.Add(Encoding.Latin1.GetString(text));
        }
        while (data.Remaining > 0);

        return new TxtRecord(name, ttl, strings.DrainToImmutable());
    }

    private static TlsaRecord? ReadTlsa(ref DnsReader data, string name, uint ttl) =>
        data.TryReadByte(out var usage)
        && data.TryReadByte(out var selector)
        && data.TryReadByte(out var matching)
        && data.TryReadBytes(data.Remaining, out var association)
            ? new TlsaRecord(name, ttl, (TlsaUsage)usage, (TlsaSelector)selector, (TlsaMatching)matching, [.. association])
            : null;

    private static SoaRecord? ReadSoa(ref DnsReader data, string name, uint ttl) =>
        data.TryReadName(out var server)
        && data.TryReadName(out var mailbox)
        && data.TryReadUInt32(out var serial)
        && data.TryReadUInt32(out var refresh)
        && data.TryReadUInt32(out var retry)
        && data.TryReadUInt32(out var expire)
        && data.TryReadUInt32(out var minimum)
            ? new SoaRecord(name, ttl, server, mailbox, serial, refresh, retry, expire, minimum)
            : null;
}
