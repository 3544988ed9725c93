using MimeKit;
using MimeKit.Cryptography;
using ThrottleNet.Protocol.Authentication;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Relay.Authentication;

/// <summary>Validates the ARC sets that a message has already (RFC 8617, section 5.2), by MimeKit.</summary>
internal static class ArcCheck
{
    /// <summary>The method's name in Authentication-Results.</summary>
    public const string Method = "arc";

    // Sets of one message. RFC 8617, section 5.2, allows 50; each costs a look-up and a verification, and real chains have fewer than ten.
    private const int MaxSets = 20;

    // Octets of one field of a set.
    private const int MaxField = 8 * 1024;

    private static readonly string[] SignatureFields = ["ARC-Seal", "ARC-Message-Signature"];

    /// <summary>The fields whose keys a validation needs: the seals, then the signatures of the message; the newest set of each first.</summary>
    public static IEnumerable<HeaderField> Signatures(IReadOnlyList<HeaderField> fields) =>
        SignatureFields.SelectMany(name => fields.Where(f => f.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Take(MaxSets));

    /// <summary>The result none, pass, fail, or temperror where the DNS has not answered in time.</summary>
    /// <param name="message">The message.</param>
    /// <param name="fields">Its header fields.</param>
    /// <param name="keys">Finds the keys of the sets.</param>
    /// <param name="limit">Cancelled when the time is up.</param>
    public static async Task<MethodResult> ValidateAsync(MimeMessage message, IReadOnlyList<HeaderField> fields, DkimKeys keys, CancellationToken limit)
    {
        var sets = fields.Where(f => f.Name.StartsWith("ARC-", StringComparison.OrdinalIgnoreCase)).ToList();
        if (sets.Count == 0)
        {
            return new MethodResult(Method, "none");
        }

        if (sets.Count > 3 * MaxSets || sets.Exists(f => f.Octets.Length > MaxField))
        {
            return new MethodResult(Method, "fail") { Reason = "too long" };
        }

        try
        {
            limit.ThrowIfCancellationRequested();
            var chain = (await new ArcVerifier(keys).VerifyAsync(message, limit)).Chain;

            // MimeKit says none where it cannot read the number of any set.
            return keys.IsDnsSilent ? Silent : new MethodResult(Method, chain == ArcSignatureValidationResult.Pass ? "pass" : "fail");
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return keys.IsDnsSilent || e is OperationCanceledException ? Silent : new MethodResult(Method, "fail");
        }
    }

    private static MethodResult Silent => new(Method, "temperror");
}
