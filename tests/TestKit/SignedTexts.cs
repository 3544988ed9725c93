using System.Security.Cryptography;
using System.Text;
using MimeKit;
using MimeKit.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Security;
using ThrottleNet.MxNode.Relay.Authentication;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.TestKit;

/// <summary>Texts with DKIM signatures that MimeKit has made, and the DNS that has their keys.</summary>
internal static class SignedTexts
{
    public const string Selector = "k";

    public const string Plain =
        "From: alice@alice.test\r\nTo: bob@example.com\r\nSubject: hi\r\nDate: Thu, 1 Jan 2026 00:00:00 +0000\r\nMessage-ID: <1@alice.test>\r\n\r\nhello\r\n";

    public static readonly RSAParameters Rsa = MakeRsa();

    private static readonly AsymmetricCipherKeyPair Ed25519 = MakeEd25519();

    /// <summary>Puts a signature before a text.</summary>
    public static string Sign(
        string domain, string text = Plain, DkimCanonicalizationAlgorithm canonicalization = DkimCanonicalizationAlgorithm.Relaxed, DkimSignatureAlgorithm algorithm = DkimSignatureAlgorithm.RsaSha256,
        string? user = null)
    {
        using var message = MimeMessage.Load(new ParserOptions { MaxMimeDepth = 0 }, new MemoryStream(Encoding.Latin1.GetBytes(text)));
        var key = algorithm == DkimSignatureAlgorithm.Ed25519Sha256 ? Ed25519.Private : DotNetUtilities.GetRsaKeyPair(Rsa).Private;
        var signer = new DkimSigner(key, domain, Selector, algorithm) { HeaderCanonicalizationAlgorithm = canonicalization, BodyCanonicalizationAlgorithm = canonicalization, AgentOrUserIdentifier = user };
        signer.Sign(message, [HeaderId.From, HeaderId.Subject]);
        using var octets = new MemoryStream();
        var format = FormatOptions.Default.Clone();
        format.NewLineFormat = NewLineFormat.Dos;
        var set = new HeaderList();
        set.Add(message.Headers[message.Headers.IndexOf(HeaderId.DkimSignature)]);
        set.WriteTo(format, octets);

        // MimeKit writes the empty line that ends a header section, too.
        return Encoding.Latin1.GetString(octets.ToArray())[..^2] + text;
    }

    public static TxtRecord Key(string domain, string selector = Selector) => Record($"{selector}._domainkey.{domain}", ArcKey.PublicRecord(Rsa));

    /// <summary>The key of <see cref="Key"/> in PEM.</summary>
    public static string PrivateKey
    {
        get
        {
            using var rsa = RSA.Create(Rsa);
            return rsa.ExportPkcs8PrivateKeyPem();
        }
    }

    public static TxtRecord Ed25519Key(string domain) =>
        Record($"{Selector}._domainkey.{domain}", "v=DKIM1; k=ed25519; p=" + Convert.ToBase64String(((Ed25519PublicKeyParameters)Ed25519.Public).GetEncoded()));

    public static TxtRecord Record(string name, string text) => new(name, 60, [.. text.Chunk(255).Select(part => new string(part))]);

    private static RSAParameters MakeRsa()
    {
        using var rsa = RSA.Create(2048);
        return rsa.ExportParameters(includePrivateParameters: true);
    }

    private static AsymmetricCipherKeyPair MakeEd25519()
    {
        var generator = new Ed25519KeyPairGenerator();
        generator.Init(new Ed25519KeyGenerationParameters(new SecureRandom()));
        return generator.GenerateKeyPair();
    }
}
