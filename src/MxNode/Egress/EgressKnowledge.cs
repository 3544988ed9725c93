using System.Net;
using ThrottleNet.MxNode.Exchange;

namespace ThrottleNet.MxNode.Egress;

/// <summary>What the exchange knows of this node's own addresses. Without an exchange all three are null.</summary>
internal sealed class EgressKnowledge(PeerNotes? notes = null, CredentialStore? credentials = null, LiveNodes? nodes = null)
{
    public PeerNotes? Notes => notes;

    /// <summary>The addresses that peers see this node's calls come from.</summary>
    public IReadOnlyList<IPAddress> SeenFrom => notes?.SeenFrom ?? [];

    /// <summary>What this node's certificate names; null without one.</summary>
    public SubjectAltNames? Certificate() => notes is null || credentials is null ? null : SubjectAltNames.Of(credentials.Current().Certificate);

    /// <summary>Whether an address is one of a live node: of this node by its certificate's names, or one that it shares with another.</summary>
    public bool IsOwn(IPAddress address) => nodes?.Contains(address) == true;
}
