using MimeKit.Cryptography;
using Org.BouncyCastle.Crypto;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Spool;

/// <summary>Finds the public keys of DKIM signatures (RFC 6376, section 3.6.2) with the node's resolver.</summary>
internal sealed class DkimKeys(IDnsResolver dns) : DkimPublicKeyLocatorBase
{
    /// <summary>A key was not found because the DNS did not answer.</summary>
    public bool IsDnsSilent { get; private set; }

    public override AsymmetricKeyParameter LocatePublicKey(string methods, string domain, string selector, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException("keys are looked up asynchronously");

    public override async Task<AsymmetricKeyParameter> LocatePublicKeyAsync(string methods, string domain, string selector, CancellationToken cancellationToken = default)
    {
        var answer = await dns.QueryAsync(DnsName.Canonical($"{selector}._domainkey.{domain}"), DnsType.Txt, cancellationToken);
        IsDnsSilent |= answer.Status == DnsStatus.Failure;
        return GetPublicKey(answer.Records.OfType<TxtRecord>().FirstOrDefault()?.Text ?? throw new FormatException($"there is no key at {selector}._domainkey.{domain}"));
    }
}
