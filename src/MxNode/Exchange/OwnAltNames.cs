using System.Net;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>The addresses and names of this node, from its current certificate and its configuration.</summary>
/// <param name="credentials">Holds the certificate.</param>
/// <param name="notes">Holds this node's own note.</param>
/// <param name="takesMail">Whether this node takes mail. Only such a node belongs to the addresses of relays.</param>
internal sealed class OwnAltNames(CredentialStore credentials, PeerNotes notes, bool takesMail)
{
    /// <summary>This node's hosts if it takes mail; otherwise empty.</summary>
    public SubjectAltNames[] IfRelay => takesMail ? [SubjectAltNames.Of(credentials.Current().Certificate)] : [];

    /// <summary>This node's hosts if it takes no mail; otherwise empty.</summary>
    public SubjectAltNames[] IfNotRelay => takesMail ? [] : [SubjectAltNames.Of(credentials.Current().Certificate)];

    /// <summary>Addresses that this node's mail leaves from: those of its configuration and, if it takes mail, of its certificate.</summary>
    public IEnumerable<IPAddress> Sources => notes.OwnSources.Concat(IfRelay.SelectMany(host => host.Egress));

    /// <inheritdoc cref="PeerNotes.OwnLeftName"/>
    public bool LeftName => notes.OwnLeftName;
}
