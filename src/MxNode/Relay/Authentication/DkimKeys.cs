using MimeKit.Cryptography;
using Org.BouncyCastle.Asn1.Pkcs;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Utilities;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.Protocol.Authentication;
using ThrottleNet.Protocol.Dns;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Relay.Authentication;

/// <summary>Finds the public keys of one message's DKIM and ARC signatures (RFC 6376, section 3.6.2) with the node's resolver.</summary>
/// <param name="dns">Asked for the keys.</param>
/// <param name="most">Keys for the message; more fail.</param>
internal sealed class DkimKeys(IDnsResolver dns, int most) : DkimPublicKeyLocatorBase
{
    // RFC 8301, section 3.2: 1024 to 4096 bits. A sender chooses its key, and with a large modulus or exponent one verification takes seconds.
    private const int LeastBits = 1024;
    private const int MostBits = 4096;
    private const int MostExponentBits = 32;

    // A public key of 4096 bits has 736 characters in base64.
    private const int MostCharacters = 1024;

    // By the name of the key's record.
    private readonly Dictionary<string, Task<DnsAnswer>> _answers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DkimPublicKey> _keys = new(StringComparer.Ordinal);
    private bool _areFetched;

    /// <summary>A key was not found because the DNS did not answer.</summary>
    public bool IsDnsSilent { get; private set; }

    /// <summary>Looks up the keys of some signatures, all at once. After that no other key is looked up. Throws nothing.</summary>
    /// <param name="signatures">Fields with the tags d and s; the most important first.</param>
    /// <param name="limit">Cancelled when the time is up. Keys that are not known by then are not found.</param>
    public async Task FetchAsync(IEnumerable<HeaderField> signatures, CancellationToken limit)
    {
        foreach (var field in signatures.Where(f => f.Octets.Length <= DkimCheck.MaxField))
        {
            if (DkimTags.Read(field.Value) is { } tags && tags.TryGetValue("d", out var domain) && tags.TryGetValue("s", out var selector))
            {
                _ = Ask(Record(domain, selector), limit);
            }
        }

        _areFetched = true;
        await ((Task)Task.WhenAll(_answers.Values)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public override AsymmetricKeyParameter LocatePublicKey(string methods, string domain, string selector, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException("keys are looked up asynchronously");

    /// <inheritdoc cref="FindAsync"/>
    public override async Task<AsymmetricKeyParameter> LocatePublicKeyAsync(string methods, string domain, string selector, CancellationToken cancellationToken = default) =>
        (await FindAsync(domain, selector, cancellationToken)).Key;

    /// <summary>The key of a signature.</summary>
    /// <param name="domain">Tag d.</param>
    /// <param name="selector">Tag s.</param>
    /// <param name="cancel">Cancelled when the time is up.</param>
    /// <exception cref="DkimKeyException">There is no key that may be used.</exception>
    /// <exception cref="OperationCanceledException">The time is up.</exception>
    public async Task<DkimPublicKey> FindAsync(string domain, string selector, CancellationToken cancel)
    {
        var name = Record(domain, selector);
        if (_keys.TryGetValue(name, out var known))
        {
            return known;
        }

        if (Ask(name, cancel) is not { } asked)
        {
            throw new DkimKeyException("permerror", "too many keys");
        }

        DnsAnswer answer;
        try
        {
            answer = await asked;
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

        return _keys[name] = Read(answer.Records.OfType<TxtRecord>());
    }

    private static string Record(string domain, string selector) => DnsName.Canonical($"{selector}._domainkey.{domain}");

    // Null: there were too many, or the time for look-ups is over.
    private Task<DnsAnswer>? Ask(string name, CancellationToken limit)
    {
        if (!_answers.TryGetValue(name, out var answer) && !_areFetched && _answers.Count < most)
        {
            answer = QueryAsync(name, limit);
            _answers.Add(name, answer);
        }

        return answer;
    }

    private async Task<DnsAnswer> QueryAsync(string name, CancellationToken limit) => await dns.QueryAsync(name, DnsType.Txt, limit).AsTask().WaitAsync(limit);

    // RFC 6376, sections 3.6.1 and 6.1.2. A TXT record of another kind, such as a wildcard gives, is left out. So is a key of another version.
    private static DkimPublicKey Read(IEnumerable<TxtRecord> records)
    {
        var keys = records.Select(record => DkimTags.Read(record.Text)).Where(tags => tags?.ContainsKey("p") == true).ToList();
        if (keys.Find(tags => tags!.GetValueOrDefault("v", "DKIM1") == "DKIM1") is not { } tags)
        {
            throw new DkimKeyException("permerror", keys.Count == 0 ? "no key" : "key of another version");
        }

        if (tags["p"].Length == 0)
        {
            throw new DkimKeyException("permerror", "key revoked");
        }

        if (!Includes(tags, "s", "*", "email"))
        {
            throw new DkimKeyException("permerror", "key not for mail");
        }

        // All signatures that are verified use SHA-256 (RFC 8301, section 3.1).
        if (!Includes(tags, "h", "sha256"))
        {
            throw new DkimKeyException("permerror", "key not for sha256");
        }

        var flags = tags.GetValueOrDefault("t", "").Split(':');
        return new DkimPublicKey(Parse(tags), flags.Contains("s"), flags.Contains("y"));
    }

    // Without the tag everything is included.
    private static bool Includes(IReadOnlyDictionary<string, string> tags, string tag, params ReadOnlySpan<string> wanted)
    {
        var values = tags.GetValueOrDefault(tag)?.Split(':');
        return values is null || wanted.ContainsAny(values);
    }

    private static AsymmetricKeyParameter Parse(IReadOnlyDictionary<string, string> tags)
    {
        var (kind, text) = (tags.GetValueOrDefault("k", "rsa"), tags["p"]);
        if (text.Length > MostCharacters)
        {
            throw new DkimKeyException("policy", "key size");
        }

        AsymmetricKeyParameter key;
        try
        {
            // BouncyCastle reads keys of every algorithm, and to check one of DSA it raises to a power that the sender chooses.
            if (kind == "rsa" && !SubjectPublicKeyInfo.GetInstance(Convert.FromBase64String(text)).Algorithm.Algorithm.Equals(PkcsObjectIdentifiers.RsaEncryption))
            {
                throw new FormatException("no RSA key");
            }

            // By default BouncyCastle tests whether the modulus is a prime, which takes many times as long as a verification. Such a key would only let
            // strangers sign for the domain that has published it.
            key = Properties.WithThreadProperty(Properties.RsaMaxMRTests, "0", $"k={kind};p={text}", GetPublicKey);
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
