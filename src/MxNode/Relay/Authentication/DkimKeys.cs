using MimeKit.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Parameters;
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

    // By the name of the key's record.
    private readonly Dictionary<string, Task<DnsAnswer>> _answers = new(StringComparer.Ordinal);
    private readonly HashSet<string> _strict = new(StringComparer.Ordinal);
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

    /// <summary>Whether a key that was found is for its domain alone, not for users below it (RFC 6376, section 3.6.1, flag s).</summary>
    public bool IsStrict(string domain, string selector) => _strict.Contains(Record(domain, selector));

    public override AsymmetricKeyParameter LocatePublicKey(string methods, string domain, string selector, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException("keys are looked up asynchronously");

    /// <exception cref="DkimKeyException">There is no key that may be used.</exception>
    /// <exception cref="OperationCanceledException">The time is up.</exception>
    public override async Task<AsymmetricKeyParameter> LocatePublicKeyAsync(string methods, string domain, string selector, CancellationToken cancellationToken = default)
    {
        var name = Record(domain, selector);
        if (Ask(name, cancellationToken) is not { } asked)
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

        return Read(name, answer.Records.OfType<TxtRecord>().FirstOrDefault()?.Text ?? throw new DkimKeyException("permerror", "no key"));
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

    private AsymmetricKeyParameter Read(string name, string record)
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

        if (tags.TryGetValue("t", out var flags) && flags.Split(':').Contains("s"))
        {
            _strict.Add(name);
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
