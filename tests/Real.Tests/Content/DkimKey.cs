using System.Security.Cryptography;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.Real.Tests.Content;

/// <summary>A DKIM key, and the DNS that publishes it with a DMARC policy.</summary>
internal sealed class DkimKey
{
    public const string Domain = "sign.example.net", Selector = "s";

    private const int MaxString = 255;

    public DkimKey()
    {
        using var rsa = RSA.Create(2048);
        Private = rsa.ExportPkcs8PrivateKeyPem();
        var key = $"v=DKIM1; k=rsa; p={Convert.ToBase64String(rsa.ExportSubjectPublicKeyInfo())}";
        Records =
        [
            Txt($"{Selector}._domainkey.{Domain}", key),
            Txt($"_dmarc.{Domain}", "v=DMARC1; p=reject"),
        ];
    }

    /// <summary>In PEM.</summary>
    public string Private { get; }

    public IReadOnlyList<DnsRecord> Records { get; }

    private static TxtRecord Txt(string name, string text) => new(name, 60, [.. text.Chunk(MaxString).Select(part => new string(part))]);
}
