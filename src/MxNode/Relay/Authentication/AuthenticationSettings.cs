using ThrottleNet.MxNode.Configuration;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Relay.Authentication;

/// <summary>How messages are authenticated, and under which name.</summary>
internal sealed class AuthenticationSettings(Live<RelayOptions> options, NetworkOptions network, OwnIdentity self, ArcKeyFile key)
{
    public AuthenticationMode Mode => options.Current.Authentication;

    /// <summary>The name of the results (RFC 8601, section 2.5): every relay of a network writes the same one, so that a destination trusts one name.</summary>
    public string AuthservId => options.Current.AuthservId ?? (network.Names.Count > 0 ? network.Names[0] : HostName);

    /// <summary>The names under which only this network's relays write results.</summary>
    public IReadOnlyList<string> OwnNames => [AuthservId, HostName, .. network.Names];

    /// <summary>Seals messages; null where none are sealed.</summary>
    public ArcKey? Key => key.Current;

    private string HostName => DnsName.Canonical(self.HostName);
}
