namespace ThrottleNet.MxNode.Exchange;

/// <summary>Where this node is, as its own certificate says at the moment.</summary>
/// <param name="credentials">Holds the certificate.</param>
/// <param name="takesMail">Only such a node is one that mail may be sent to, or comes from.</param>
internal sealed class OwnHosts(CredentialStore credentials, bool takesMail)
{
    /// <summary>This node as one that takes mail: one entry or none.</summary>
    public NodeHosts[] AsRelay => takesMail ? [NodeHosts.Of(credentials.Current().Certificate)] : [];

    /// <summary>This node as one that takes no mail: one entry or none.</summary>
    public NodeHosts[] AsOther => takesMail ? [] : [NodeHosts.Of(credentials.Current().Certificate)];
}
