using System.Globalization;
using System.Net;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.TrustList.Exports;

/// <summary>The answers of a DNS whitelist (RFC 5782): for an entry an address 127.0.kind.score and a text.</summary>
public static class Dnswl
{
    /// <summary>The score of an entry that is trusted without a limit.</summary>
    public const byte FullScore = 3;

    /// <summary>The score of an entry that is trusted up to a rate.</summary>
    public const byte RatedScore = 2;

    /// <summary>The address that is always listed, so that users can test the list (RFC 5782, section 5).</summary>
    public static IPAddress TestPoint { get; } = new([127, 0, 0, 2]);

    /// <summary>The same for IPv6: ::FFFF:7F00:2.</summary>
    public static IPAddress TestPointIPv6 { get; } = TestPoint.MapToIPv6();

    /// <summary>The kind, 127.0.5.x, of a relay of the network that is up and that no statement enrolled.</summary>
    private const byte LiveRelayKind = 5;

    /// <summary>Stands for a relay of the network that no statement enrolled.</summary>
    public static TrustEntry RelayEntry { get; } = new() { Network = new IPNetwork(IPAddress.Any, 0), Kind = TrustKind.Relay, Organisation = "of this network" };

    public static TrustEntry TestEntry { get; } = new() { Network = new IPNetwork(TestPoint, 32), Kind = TrustKind.Site, Organisation = "test entry" };

    public static IPAddress Answer(TrustEntry entry) =>
        new([127, 0, ReferenceEquals(entry, RelayEntry) ? LiveRelayKind : (byte)entry.Kind, entry.RatePerHour is null ? FullScore : RatedScore]);

    /// <summary>Kind, organisation and expiry, at most 255 octets of UTF-8 (RFC 1035, section 3.3).</summary>
    public static string Text(TrustEntry entry)
    {
        var expires = entry.Expires is { } time ? time.ToString("', until 'yyyy-MM-dd", CultureInfo.InvariantCulture) : "";
        var organisation = entry.Organisation.Length == 0 ? "" : " " + Fit(entry.Organisation);
        return $"{Words.Of(entry.Kind)}{organisation}{expires}";
    }

    /// <summary>Cuts a name so that the text fits, never within a character.</summary>
    private static string Fit(string organisation)
    {
        const int most = 200;
        var octets = 0;
        var length = 0;
        foreach (var rune in organisation.EnumerateRunes())
        {
            if ((octets += rune.Utf8SequenceLength) > most)
            {
                break;
            }

            length += rune.Utf16SequenceLength;
        }

        return organisation[..length];
    }
}
