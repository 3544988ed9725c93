using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace ThrottleNet.TrustList.Statements;

/// <summary>The subject of a statement: a network, or a host name whose addresses are found by forward-confirmed reverse DNS.</summary>
public sealed class TrustSubject : IEquatable<TrustSubject>
{
    /// <summary>The shortest IPv4 prefix: a registry's largest block. A typing error must not trust half of the Internet.</summary>
    public const int ShortestIPv4Prefix = 8;

    /// <summary>The shortest IPv6 prefix: more than a registry gives to any single organisation.</summary>
    public const int ShortestIPv6Prefix = 16;

    /// <summary>The prefix length of an IPv6 subnet, which counts as one host, as it does in the throttle.</summary>
    private const int IPv6HostPrefix = 64;

    private readonly IPNetwork _network;

    public TrustSubject(IPNetwork network) => _network = NetworkText.Canonical(network);

    private TrustSubject(string name) => HostName = name;

    /// <summary>The host name, canonical, or null.</summary>
    public string? HostName { get; }

    /// <summary>The network, or null.</summary>
    public IPNetwork? Network => HostName is null ? _network : null;

    /// <summary>The number of hosts it stands for: addresses in IPv4, /64 subnets in IPv6, one for a name.</summary>
    public UInt128 Hosts =>
        HostName is not null ? 1
        : IsIPv4 ? UInt128.One << (32 - _network.PrefixLength)
        : UInt128.One << Math.Max(0, IPv6HostPrefix - _network.PrefixLength);

    private bool IsIPv4 => _network.BaseAddress.AddressFamily == AddressFamily.InterNetwork;

    /// <summary>Reads an address, a CIDR or a host name; on failure says what is wrong.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out TrustSubject? subject, [NotNullWhen(false)] out string? error)
    {
        subject = null;
        if (SubjectName.IsCanonical(text))
        {
            subject = new TrustSubject(text);
            error = null;
            return true;
        }

        if (!NetworkText.TryParse(text, out var network, out error))
        {
            if (text.AsSpan().ContainsAnyInRange('g', 'z'))
            {
                error = $"{text} is neither a network nor a host name of two labels or more in lower-case ASCII, such as lists.example.org";
            }

            return false;
        }

        var parsed = new TrustSubject(network);
        var shortest = parsed.IsIPv4 ? ShortestIPv4Prefix : ShortestIPv6Prefix;
        if (network.PrefixLength < shortest)
        {
            error = $"{text} is too wide; the shortest prefix is /{shortest}";
            return false;
        }

        subject = parsed;
        return true;
    }

    /// <summary>Reads a subject as people type or paste it: in any case of letters, and perhaps with a dot at its end.</summary>
    public static bool TryParseTyped(string text, [NotNullWhen(true)] out TrustSubject? subject, [NotNullWhen(false)] out string? error) =>
        TryParse(text.TrimEnd('.').ToLowerInvariant(), out subject, out error);

    /// <summary>Whether the other subject lies within this one. A name lies within its domain; a name never lies within a network, nor a network within a name.</summary>
    public bool Covers(TrustSubject other)
    {
        if (HostName is not null || other.HostName is not null)
        {
            return HostName is not null && other.HostName is not null && SubjectName.IsWithin(other.HostName, HostName);
        }

        return _network.PrefixLength <= other._network.PrefixLength && _network.Contains(other._network.BaseAddress);
    }

    public bool Overlaps(TrustSubject other) => Covers(other) || other.Covers(this);

    public bool Equals(TrustSubject? other) =>
        other is not null && (HostName is null ? other.HostName is null && _network.Equals(other._network) : HostName == other.HostName);

    public override bool Equals(object? obj) => Equals(obj as TrustSubject);

    public override int GetHashCode() => HostName?.GetHashCode(StringComparison.Ordinal) ?? _network.GetHashCode();

    /// <summary>The name, or CIDR notation, always with its prefix length.</summary>
    public override string ToString() => HostName ?? _network.ToString();
}
