using System.Security.Authentication;

namespace ThrottleNet.TestKit;

/// <summary>The header of a TLS record (RFC 8446, section 5.1).</summary>
internal readonly record struct TlsRecord(byte Type, int Length)
{
    /// <summary>The records in octets that begin with one.</summary>
    public static IReadOnlyList<TlsRecord> All(ReadOnlySpan<byte> octets)
    {
        var records = new List<TlsRecord>();
        for (var at = 0; at < octets.Length; at += 5 + records[^1].Length)
        {
            records.Add(new TlsRecord(octets[at], (octets[at + 3] << 8) | octets[at + 4]));
        }

        return records;
    }

    /// <summary>Whether it carries an alert: in TLS 1.2 it is of that type; in TLS 1.3 it is encrypted, with 2 octets of alert, one of type, 16 of tag.</summary>
    public bool IsAlert(SslProtocols protocol) => protocol == SslProtocols.Tls12 ? Type == 21 : Type == 23 && Length == 2 + 1 + 16;
}
