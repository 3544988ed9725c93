using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;

namespace ThrottleNet.Protocol.Dns;

/// <summary>A resource record (RFC 1035, section 3.2.1). All but <see cref="UnknownRecord"/> are of the class Internet.</summary>
/// <param name="Name">The owner, in canonical form: lower case, no trailing dot, the root is "".</param>
/// <param name="Type">The kind.</param>
/// <param name="Ttl">Seconds it may be kept, as it stood on the wire.</param>
public abstract record DnsRecord(string Name, DnsType Type, uint Ttl);

/// <summary>A or AAAA, by the family of the address (RFC 1035, section 3.4.1; RFC 3596).</summary>
public sealed record AddressRecord(string Name, uint Ttl, IPAddress Address)
    : DnsRecord(Name, Address.AddressFamily == AddressFamily.InterNetwork ? DnsType.A : DnsType.Aaaa, Ttl);

/// <summary>A name server of the zone (RFC 1035, section 3.3.11).</summary>
public sealed record NsRecord(string Name, uint Ttl, string Server) : DnsRecord(Name, DnsType.Ns, Ttl);

/// <summary>An alias (RFC 1035, section 3.3.1).</summary>
public sealed record CnameRecord(string Name, uint Ttl, string Target) : DnsRecord(Name, DnsType.Cname, Ttl);

/// <summary>The name of an address (RFC 1035, section 3.3.12).</summary>
public sealed record PtrRecord(string Name, uint Ttl, string Target) : DnsRecord(Name, DnsType.Ptr, Ttl);

/// <summary>A mail exchanger; the lowest preference is tried first, and the exchange "" means that no mail is taken (RFC 1035, section 3.3.9; RFC 7505).</summary>
public sealed record MxRecord(string Name, uint Ttl, ushort Preference, string Exchange) : DnsRecord(Name, DnsType.Mx, Ttl);

/// <summary>A service (RFC 2782).</summary>
public sealed record SrvRecord(string Name, uint Ttl, ushort Priority, ushort Weight, ushort Port, string Target)
    : DnsRecord(Name, DnsType.Srv, Ttl);

/// <summary>The start of a zone; times in seconds (RFC 1035, section 3.3.13). Minimum bounds how long "there is none" is kept (RFC 2308).</summary>
public sealed record SoaRecord(
    string Name, uint Ttl, string PrimaryServer, string Mailbox, uint Serial, uint Refresh, uint Retry, uint Expire, uint Minimum)
    : DnsRecord(Name, DnsType.Soa, Ttl);

/// <summary>Text (RFC 1035, section 3.3.14).</summary>
/// <param name="Strings">One or more character-strings, each of at most 255 octets; a char stands for an octet (Latin-1), so nothing is lost.</param>
public sealed record TxtRecord(string Name, uint Ttl, ImmutableArray<string> Strings) : DnsRecord(Name, DnsType.Txt, Ttl)
{
    public TxtRecord(string name, uint ttl, string text)
        : this(name, ttl, [text])
    {
    }

    /// <summary>All strings put together, as SPF and its kin read them (RFC 7208, section 3.3).</summary>
    public string Text => string.Concat(Strings.AsSpan()!);

    public bool Equals(TxtRecord? other) => base.Equals(other) && Strings.SequenceEqual(other.Strings);

    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), Strings.Length);
}

/// <summary>A certificate or public key of a TLS server, or the digest of one (RFC 6698, section 2.1).</summary>
/// <param name="Usage">What <paramref name="Data"/> constrains; unknown values are kept.</param>
/// <param name="Selector">Which part of the certificate <paramref name="Data"/> is about; unknown values are kept.</param>
/// <param name="Matching">How <paramref name="Data"/> shows it; unknown values are kept.</param>
/// <param name="Data">The certificate association data.</param>
public sealed record TlsaRecord(string Name, uint Ttl, TlsaUsage Usage, TlsaSelector Selector, TlsaMatching Matching, ImmutableArray<byte> Data)
    : DnsRecord(Name, DnsType.Tlsa, Ttl)
{
    public bool Equals(TlsaRecord? other) =>
        base.Equals(other) && Usage == other.Usage && Selector == other.Selector && Matching == other.Matching && Data.AsSpan().SequenceEqual(other.Data.AsSpan());

    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), Usage, Selector, Matching, Data.Length);
}

/// <summary>A record whose kind or class this codec does not know, with its data untouched (RFC 3597).</summary>
public sealed record UnknownRecord(string Name, DnsType Type, ushort Class, uint Ttl, ImmutableArray<byte> Data) : DnsRecord(Name, Type, Ttl)
{
    public bool Equals(UnknownRecord? other) =>
        base.Equals(other) && Class == other.Class && Data.AsSpan().SequenceEqual(other.Data.AsSpan());

    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), Class, Data.Length);
}
