using System.Collections.Immutable;
using System.Net;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Relay;

/// <summary>What is known of a recipient's domain.</summary>
internal enum DestinationStatus
{
    /// <summary>Its MX records name this network, and hosts that take its mail.</summary>
    Subscribed,

    /// <summary>None of its MX records names this network, or it has none.</summary>
    NotSubscribed,

    /// <summary>Its MX records name this network and no other host.</summary>
    NoRealMx,

    /// <summary>It takes no mail at all (null MX, RFC 7505).</summary>
    NullMx,

    /// <summary>None of its MX records is ours now, but this node served it in the last days (<see cref="ServedDomains"/>).</summary>
    NoLongerSubscribed,

    /// <summary>One of its MX records names an alias (CNAME) of our magic name instead of the name itself, against RFC 2181, section 10.3.</summary>
    AliasedMagicMx,

    /// <summary>DNS did not answer; it may later.</summary>
    DnsFailure,
}

/// <summary>The answer about a domain.</summary>
/// <param name="Status">What is known of it.</param>
/// <param name="Destination">Where its mail goes; null unless the status is Subscribed.</param>
/// <param name="Alias">The MX that is an alias; null unless the status is AliasedMagicMx.</param>
internal sealed record DestinationAnswer(DestinationStatus Status, Destination? Destination = null, string? Alias = null);

/// <summary>A host that takes mail for a domain: a canonical name, or an address where a route gives one.</summary>
internal sealed record MxHost(string Name, int Port, bool IsRoute = false)
{
    /// <summary>Reads <c>host:port</c>, <c>192.0.2.1:25</c> or <c>[2001:db8::1]:25</c>.</summary>
    public static bool TryParse(string text, out MxHost? host)
    {
        host = null;
        var colon = text.LastIndexOf(':');
        if (colon < 0 || !ushort.TryParse(text.AsSpan(colon + 1), out var port) || port == 0)
        {
            return false;
        }

        var name = text[..colon].ToLowerInvariant();
        if (name.StartsWith('[') && name.EndsWith(']'))
        {
            name = name[1..^1];
            if (!IPAddress.TryParse(name, out _))
            {
                return false;
            }
        }
        else if (!HostNames.IsCanonical(name))
        {
            return false;
        }

        host = new MxHost(name, port, IsRoute: true);
        return true;
    }
}

/// <summary>
/// Where a domain's mail goes. <see cref="Hosts"/> are in order of preference, equal ones shuffled each time.
/// <see cref="Key"/> is equal for two domains exactly when the same hosts stand in the same order of preference,
/// so that recipients of both may share a transaction.
/// </summary>
internal sealed record Destination(string Key, ImmutableArray<MxHost> Hosts)
{
    /// <summary>The domain whose MX records led here, if DNSSEC proves them (RFC 7672, section 2.2.1); else null.</summary>
    public string? SecureDomain { get; init; }
}
