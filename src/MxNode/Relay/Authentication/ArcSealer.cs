using System.Text;
using MimeKit;
using MimeKit.Cryptography;
using Org.BouncyCastle.Crypto;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Relay.Authentication;

/// <summary>Makes an ARC set (RFC 8617, section 5.1) for one message: the results, a signature of the message, and the seal.</summary>
internal sealed class ArcSealer : ArcSigner
{
    // RFC 6376, section 5.4.1. Trace fields and Authentication-Results are left out: other hosts add and remove them.
    private static readonly string[] Signable =
    [
        "From", "Sender", "Reply-To", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "MIME-Version", "Content-Type",
        "Content-Transfer-Encoding", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "DKIM-Signature",
    ];

    private const int FieldsOfSet = 3;

    private static readonly FormatOptions Crlf = MakeFormat();

    private readonly ArcKey _key;
    private readonly byte[] _results;
    private readonly DateTimeOffset _now;

    /// <param name="key">Signs.</param>
    /// <param name="results">The value of the Authentication-Results field; with more than one ARC set its result of the method arc becomes the seal's cv.</param>
    /// <param name="now">The time of the signatures.</param>
    public ArcSealer(ArcKey key, string results, DateTimeOffset now)
        : base(key.Private, key.Domain, key.Selector)
    {
        _key = key;
        _results = Encoding.ASCII.GetBytes(results);
        _now = now;
        HeaderCanonicalizationAlgorithm = DkimCanonicalizationAlgorithm.Relaxed;
        BodyCanonicalizationAlgorithm = DkimCanonicalizationAlgorithm.Relaxed;
    }

    /// <summary>The three fields of the set, in the order in which they go before the message; empty where the message cannot be sealed.</summary>
    public async Task<byte[]> SealAsync(MimeMessage message, CancellationToken cancel)
    {
        var signed = Signable.Where(name => message.Headers.Contains(name) || message.Body?.Headers.Contains(name) == true).ToList();
        if (!signed.Contains("From"))
        {
            return [];
        }

        var before = message.Headers.Count;
        await SignAsync(Crlf, message, signed, cancel);
        var set = new HeaderList();
        foreach (var header in message.Headers.Take(message.Headers.Count - before))
        {
            set.Add(header);
        }

        // MimeKit writes the empty line that ends a header section, too.
        using var octets = new MemoryStream();
        await set.WriteToAsync(Crlf, octets, cancel);
        var section = new HeaderSection(octets.GetBuffer().AsSpan(0, (int)octets.Length), isWhole: true);
        return section.Fields.Count == FieldsOfSet ? octets.ToArray()[..section.Length] : [];
    }

    protected override ISigner CreateSigningContext() => new RsaSha256Signer(_key);

    protected override long GetTimestamp() => _now.ToUnixTimeSeconds();

    protected override AuthenticationResults GenerateArcAuthenticationResults(FormatOptions options, MimeMessage message, CancellationToken cancellationToken) =>
        AuthenticationResults.TryParse(_results, out var results) ? results : throw new FormatException("the results cannot be read");

    protected override Task<AuthenticationResults> GenerateArcAuthenticationResultsAsync(FormatOptions options, MimeMessage message, CancellationToken cancellationToken) =>
        Task.FromResult(GenerateArcAuthenticationResults(options, message, cancellationToken));

    private static FormatOptions MakeFormat()
    {
        var format = FormatOptions.Default.Clone();
        format.NewLineFormat = NewLineFormat.Dos;
        return format;
    }
}
