using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Relay.Authentication;

namespace ThrottleNet.MxNode.Tests.Relay.Authentication;

public sealed class ArcKeyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Each_fault_of_the_settings_is_named_with_its_key_all_at_once()
    {
        var relay = new RelayOptions { Authentication = AuthenticationMode.Arc, AuthservId = "Upper.test", Arc = new() { Selector = "a b" } };

        Assert.Equal(
            ["Relay:AuthservId", "Relay:Arc:Selector", "Relay:Arc:Domain", "Relay:Arc:Key"],
            relay.Validate("Relay").Select(e => e[..e.IndexOf(": ", StringComparison.Ordinal)]));
        Assert.Empty(new RelayOptions { Arc = new() { Key = "/nowhere" } }.Validate("Relay"));
    }

    [Fact]
    public void A_key_must_be_one_of_RSA_that_only_its_owner_can_read()
    {
        using var rsa = RSA.Create(2048);
        using var weak = RSA.Create(512);
        using var ec = ECDsa.Create();
        var good = Write("good", rsa.ExportPkcs8PrivateKeyPem());
        var open = _folder.Write("open", rsa.ExportRSAPrivateKeyPem());
        File.SetUnixFileMode(open, UnixFileMode.UserRead | UnixFileMode.GroupRead);

        Assert.Null(ArcKey.WhatIsWrong(good));
        Assert.Contains("chmod 600", ArcKey.WhatIsWrong(open), StringComparison.Ordinal);
        Assert.All(
            new[] { Write("weak", weak.ExportPkcs8PrivateKeyPem()), Write("ec", ec.ExportPkcs8PrivateKeyPem()), Write("public", rsa.ExportRSAPublicKeyPem()), Write("empty", ""), _folder.File("missing") },
            file => Assert.Contains("pki arc", ArcKey.WhatIsWrong(file), StringComparison.Ordinal));
    }

    [Fact]
    public void Signatures_made_at_the_same_time_are_valid()
    {
        var key = new ArcKey("relay.test", "arc", SignedTexts.Rsa);
        byte[][] hashes = [.. Enumerable.Range(0, 100).Select(i => SHA256.HashData([(byte)i]))];
        var signatures = new byte[hashes.Length][];

        Parallel.For(0, hashes.Length, i => signatures[i] = key.Sign(hashes[i]));

        using var rsa = RSA.Create(SignedTexts.Rsa);
        Assert.All(hashes.Zip(signatures), pair => Assert.True(rsa.VerifyHash(pair.First, pair.Second, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)));
    }

    [Fact]
    public void A_file_that_can_no_longer_be_read_leaves_the_key_in_use()
    {
        using var rsa = RSA.Create(2048);
        var file = Write("key", rsa.ExportPkcs8PrivateKeyPem());
        using var log = new CapturedLog();
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(log));
        var key = new ArcKeyFile(new RelayOptions { Authentication = AuthenticationMode.Arc, Arc = new() { Domain = "relay.test", Key = file } }, loggers.CreateLogger<ArcKeyFile>());
        var before = key.Current;

        File.WriteAllText(file, "damaged");
        key.Read();

        Assert.NotNull(before);
        Assert.Same(before, key.Current);
        Assert.Contains(log.Lines, l => l.Event == 3018);
    }

    private string Write(string name, string content)
    {
        var file = _folder.Write(name, content);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return file;
    }
}
