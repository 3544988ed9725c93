namespace ThrottleNet.MxNode.Exchange;

/// <summary>The addresses and names of this node, from its current certificate.</summary>
/// <param name="credentials">Holds the certificate.</param>
/// <param name="takesMail">Whether this node takes mail. Only such a node belongs to the addresses of relays.</param>
internal sealed class OwnAltNames(CredentialStore credentials, bool takesMail)
{
    /// <summary>This node's hosts if it takes mail; otherwise empty.</summary>
    public SubjectAltNames[] IfRelay => takesMail ? [SubjectAltNames.Of(credentials.Current().Certificate)] : [];

    /// <summary>This node's hosts if it takes no mail; otherwise empty.</summary>
    public SubjectAltNames[] IfNotRelay => takesMail ? [] : [SubjectAltNames.Of(credentials.Current().Certificate)];
}
