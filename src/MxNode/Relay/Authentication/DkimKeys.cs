using MimeKit.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Parameters;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.Protocol.Authentication;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Relay.Authentication;

/// <summary>Finds the public keys of one message's DKIM and ARC signatures (RFC 6376, section 3.6.2) with the node's resolver.</summary>
/// <param name="dns">Asked for the keys.</param>
/// <param name="most">Look-ups for the message; more fail.</param>
internal sealed class DkimKeys(IDnsResolver dns, int most) : DkimPublicKeyLocatorBase
{
    // RFC 8301, section 3.2: 1024 to 4096 bits. A sender chooses its key, and with a large modulus or exponent one verification takes seconds.
    private const int LeastBits = 1024;
    private const int MostBits = 4096;
    private const int MostExponentBits = 32;

    private int _lookups;

    /// <summary>A key was not found because the DNS did not answer.</summary>
    public bool IsDnsSilent { get; private set; }

    public override AsymmetricKeyParameter LocatePublicKey(string methods, string domain, string selector, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException("keys are looked up asynchronously");

    /// <exception cref="DkimKeyException">There is no key that may be used.</exception>
    /// <exception cref="OperationCanceledException">The time is up.</exception>
    public override async Task<AsymmetricKeyParameter> LocatePublicKeyAsync(string methods, string domain, string selector, CancellationToken cancellationToken = default)
    {
        if (++_lookups > most)
        {
            throw new DkimKeyException("permerror", "too many keys");
        }

        DnsAnswer answer;
        try
        {
            answer = await dns.QueryAsync(DnsName.Canonical($"{selector}._domainkey.{domain}"), DnsType.Txt, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            IsDnsSilent = true;
            throw;
        }

        if (answer.Status == DnsStatus.Failure)
        {
            IsDnsSilent = true;
            throw new DkimKeyException("temperror", "no answer for the key");
        }

        return Read(answer.Records.OfType<TxtRecord>().FirstOrDefault()?.Text ?? throw new DkimKeyException("permerror", "no key"));
    }

    private static AsymmetricKeyParameter Read(string record)
    {
        if (DkimTags.Read(record) is not { } tags || !tags.TryGetValue("p", out var p))
        {
            throw new DkimKeyException("permerror", "no key in the record");
        }

        // RFC 6376, section 3.6.1: an empty p revokes the key; s names the services that may use it.
        if (p.Length == 0)
        {
            throw new DkimKeyException("permerror", "key revoked");
        }

        if (tags.TryGetValue("s", out var services) && !services.Split(':').Any(s => s is "*" or "email"))
        {
            throw new DkimKeyException("permerror", "key not for mail");
        }

        AsymmetricKeyParameter key;
        try
        {
            key = GetPublicKey(record);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new DkimKeyException("permerror", "key not readable");
        }

        if (key is RsaKeyParameters rsa && (rsa.Modulus.BitLength is < LeastBits or > MostBits || rsa.Exponent.BitLength > MostExponentBits))
        {
            throw new DkimKeyException("policy", "key size");
        }

        return key;
    }
}
