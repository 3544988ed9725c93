namespace ThrottleNet.Protocol.Dns;

/// <summary>Writes records (RFC 1035, section 4.1.3). A record that does not fit is removed again.</summary>
internal static class DnsRecordWriter
{
    public static bool TryWrite(ref DnsWriter writer, DnsRecord record)
    {
        var start = writer.Length;
        if (!writer.TryWriteName(record.Name)
            || !writer.TryWriteUInt16((ushort)record.Type)
            || !writer.TryWriteUInt16(record is UnknownRecord unknown ? unknown.Class : DnsQuestion.Internet)
            || !writer.TryWriteUInt32(record.Ttl)
            || !writer.TryWriteUInt16(0))
        {
            return writer.Undo(start);
        }

        var dataAt = writer.Length;
        if (!TryWriteData(ref writer, record))
        {
            return writer.Undo(start);
        }

        writer.OverwriteUInt16(dataAt - sizeof(ushort), (ushort)(writer.Length - dataAt));
        return true;
    }

    private static bool TryWriteData(ref DnsWriter writer, DnsRecord record) => record switch
    {
        AddressRecord address => writer.TryWriteAddress(address.Address),
        NsRecord ns => writer.TryWriteName(ns.Server),
        CnameRecord cname => writer.TryWriteName(cname.Target),
        PtrRecord ptr => writer.TryWriteName(ptr.Target),
        MxRecord mx => writer.TryWriteUInt16(mx.Preference) && writer.TryWriteName(mx.Exchange),
        TxtRecord txt => TryWriteStrings(ref writer, txt),
        SrvRecord srv => writer.TryWriteUInt16(srv.Priority)
            && writer.TryWriteUInt16(srv.Weight)
            && writer.TryWriteUInt16(srv.Port)
            && writer.TryWriteName(srv.Target, compress: false), // RFC 2782 forbids it
        SoaRecord soa => writer.TryWriteName(soa.PrimaryServer)
            && writer.TryWriteName(soa.Mailbox)
            && writer.TryWriteUInt32(soa.Serial)
            && writer.TryWriteUInt32(soa.Refresh)
            && writer.TryWriteUInt32(soa.Retry)
            && writer.TryWriteUInt32(soa.Expire)
            && writer.TryWriteUInt32(soa.Minimum),
        TlsaRecord tlsa => writer.TryWriteByte((byte)tlsa.Usage)
            && writer.TryWriteByte((byte)tlsa.Selector)
            && writer.TryWriteByte((byte)tlsa.Matching)
            && writer.TryWriteBytes(tlsa.Data.AsSpan()),
        UnknownRecord unknown => writer.TryWriteBytes(unknown.Data.AsSpan()),
        _ => throw new ArgumentException($"{record.GetType().Name} is not a record of this codec", nameof(record)),
    };

    private static bool TryWriteStrings(ref DnsWriter writer, TxtRecord record)
    {
        if (record.Strings.IsDefaultOrEmpty)
        {
            throw new ArgumentException("a TXT record holds at least one string", nameof(record));
        }

        foreach (var text in record.Strings)
        {
            if (text.Length > byte.MaxValue)
            {
                throw new ArgumentException("a string of a TXT record is longer than 255 octets", nameof(record));
            }

            if (!writer.TryWriteByte((byte)text.Length) || !writer.TryWriteText(text))
            {
                return false;
            }
        }

        return true;
    }
}
