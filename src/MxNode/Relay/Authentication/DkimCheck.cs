using System.Globalization;
using MimeKit;
using MimeKit.Cryptography;
using ThrottleNet.Protocol.Authentication;

namespace ThrottleNet.MxNode.Relay.Authentication;

/// <summary>
/// Verifies the DKIM signatures of one message (RFC 6376), by MimeKit. A signature that cannot be read, and every exception of the library, is a
/// result (RFC 8601, section 2.7.1).
/// </summary>
internal sealed class DkimCheck(DkimKeys keys, TimeProvider clock)
{
    /// <summary>The method's name in Authentication-Results.</summary>
    public const string Method = "dkim";

    /// <summary>Signatures verified of one message; further ones have no result.</summary>
    public const int MaxSignatures = 5;

    /// <summary>Octets of a signature's field. With a list of field names as long as a header section, verification would take seconds.</summary>
    public const int MaxField = 8 * 1024;

    // RFC 6376, section 3.6.1, flag y: a signature that fails must not count against the message.
    private const string TestMode = "key in test mode";

    private readonly DkimVerifier _verifier = new(keys);

    /// <summary>The result of each signature, in order; none for a message without signatures.</summary>
    /// <param name="message">Its body as one part: see <see cref="WholeText"/>.</param>
    /// <param name="isWanted">Whether a signature is verified, asked with its tags; null: every one.</param>
    /// <param name="limit">Cancelled when the time is up; signatures that were not verified by then are temperror.</param>
    public async Task<IReadOnlyList<MethodResult>> VerifyAsync(MimeMessage message, Predicate<IReadOnlyDictionary<string, string>>? isWanted, CancellationToken limit)
    {
        var results = new List<MethodResult>();
        foreach (var signature in message.Headers.Where(h => h.Id == HeaderId.DkimSignature))
        {
            if (results.Count == MaxSignatures)
            {
                break;
            }

            if (signature.RawValue.Length > MaxField || DkimTags.Read(signature.Value) is not { } tags)
            {
                results.Add(new MethodResult(Method, "permerror") { Reason = "signature not readable" });
            }
            else if (isWanted is null || isWanted(tags))
            {
                var (result, reason) = await VerifyAsync(message, signature, tags, limit);
                results.Add(new MethodResult(Method, result) { Reason = reason, Properties = Describe(tags) });
            }
        }

        return results;
    }

    private async Task<(string Result, string? Reason)> VerifyAsync(MimeMessage message, Header signature, IReadOnlyDictionary<string, string> tags, CancellationToken limit)
    {
        if (tags.GetValueOrDefault("a") is { } algorithm && algorithm.Equals("rsa-sha1", StringComparison.OrdinalIgnoreCase))
        {
            return ("policy", "rsa-sha1"); // RFC 8301, section 3.1
        }

        if (tags.GetValueOrDefault("x") is { } expiry && !(long.TryParse(expiry, NumberStyles.None, CultureInfo.InvariantCulture, out var until) && until > clock.GetUtcNow().ToUnixTimeSeconds()))
        {
            return ("fail", "expired");
        }

        try
        {
            limit.ThrowIfCancellationRequested();
            var isValid = await _verifier.VerifyAsync(message, signature, limit);
            var key = await keys.FindAsync(tags["d"], tags["s"], limit);
            return isValid && key.IsStrict && IsBelowDomain(tags) ? ("permerror", "key for its domain only")
                : key.IsTesting ? (isValid ? "pass" : "neutral", TestMode)
                : (isValid ? "pass" : "fail", null);
        }
        catch (OperationCanceledException)
        {
            return ("temperror", "out of time");
        }
        catch (DkimKeyException e)
        {
            return (e.Result, e.Message);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return ("permerror", "signature not readable");
        }
    }

    // RFC 6376, section 3.6.1: with the flag s of a key the domain of the tag i must be that of the tag d.
    private static bool IsBelowDomain(IReadOnlyDictionary<string, string> tags) =>
        tags.TryGetValue("i", out var user) && !user[(user.LastIndexOf('@') + 1)..].Equals(tags["d"], StringComparison.OrdinalIgnoreCase);

    // RFC 8601, section 2.7.1; RFC 6008 for header.b, which tells two signatures of one domain apart.
    private static List<(string Name, string Value)> Describe(IReadOnlyDictionary<string, string> tags)
    {
        var properties = new List<(string, string)>();
        foreach (var tag in (ReadOnlySpan<string>)["d", "s", "a", "b"])
        {
            if (tags.TryGetValue(tag, out var value) && value.Length > 0)
            {
                properties.Add(("header." + tag, tag == "b" && value.Length > 8 ? value[..8] : value));
            }
        }

        return properties;
    }
}
