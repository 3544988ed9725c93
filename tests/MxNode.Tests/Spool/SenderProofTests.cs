using System.Text;
using MimeKit;
using MimeKit.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.X509;
using ThrottleNet.MxNode.Spool;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Tests.Spool;

/// <summary>Whose reverse-path is proven: by the trusted list, by SPF, by a DKIM signature of its domain.</summary>
public sealed class SenderProofTests
{
    private const string Text = "From: alice@sub.alice.test\r\nTo: bob@example.com\r\nSubject: hi\r\nDate: Thu, 1 Jan 2026 00:00:00 +0000\r\nMessage-ID: <1@alice.test>\r\n\r\nhello\r\n";

    private static readonly AsymmetricCipherKeyPair Key = MakeKey();

    [Theory]
    [InlineData("v=spf1 ip4:192.0.2.55 -all", true)]
    [InlineData("v=spf1 ip4:192.0.2.56 -all", false)]
    [InlineData("v=spf1 ?all", false)]
    [InlineData("v=spf1 ~all", false)]
    public async Task SPF_proves_only_by_a_pass(string record, bool expected)
    {
        using var proof = new SenderProof(new FakeDns().With(new TxtRecord("sub.alice.test", 60, record)), new FakeTimeProvider());
        Assert.Equal(expected, await proof.IsProvenAsync(Message(Text), default));
    }

    [Theory]
    [InlineData("sub.alice.test", "", true)]
    [InlineData("alice.test", "", true)]
    [InlineData("other.test", "", false)]
    [InlineData("deep.sub.alice.test", "", false)]
    [InlineData("test", "", false)]
    [InlineData("sub.alice.test", "and more\r\n", false)]
    public async Task A_signature_proves_if_it_is_valid_and_its_domain_is_the_sender_s_or_above(string signer, string added, bool expected)
    {
        using var proof = new SenderProof(new FakeDns().With(KeyRecord(signer)), new FakeTimeProvider());
        Assert.Equal(expected, await proof.IsProvenAsync(Message("Received: here\r\n" + Sign(signer) + added), default));
    }

    [Fact]
    public async Task A_DNS_that_is_silent_puts_the_answer_off_and_a_trusted_client_needs_none()
    {
        using var proof = new SenderProof(new FakeDns { IsSilent = true }, new FakeTimeProvider());
        Assert.Null(await proof.IsProvenAsync(Message(Text), default));
        Assert.Null(await proof.IsProvenAsync(Message(Sign("alice.test")), default));
        Assert.True(await proof.IsProvenAsync(Message(Text, isTrusted: true), default));
    }

    [Fact]
    public async Task A_senders_slow_DNS_puts_the_answer_off_after_20_seconds()
    {
        var clock = new FakeTimeProvider();
        using var proof = new SenderProof(new FakeDns { IsUnanswered = _ => true }, clock);
        var asking = proof.IsProvenAsync(Message(Text), default);
        clock.Advance(TimeSpan.FromSeconds(19));
        Assert.False(asking.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(await asking.WaitAsync(Eventually.Patience));
    }

    [Fact]
    public async Task A_signature_by_a_key_in_test_mode_proves_nothing()
    {
        var key = KeyRecord("alice.test");
        using var proof = new SenderProof(new FakeDns().With(new TxtRecord(key.Name, 60, key.Text + "; t=y")), new FakeTimeProvider());
        Assert.False(await proof.IsProvenAsync(Message(Sign("alice.test")), default));
    }

    [Fact]
    public async Task Senders_whose_keys_are_never_answered_do_not_hold_up_others()
    {
        using var proof = new SenderProof(new FakeDns { IsUnanswered = name => name.StartsWith("silent.", StringComparison.Ordinal) }.With(KeyRecord("alice.test")), new FakeTimeProvider());
        using var end = new CancellationTokenSource();
        var silent = Enumerable.Range(0, 8).Select(_ => proof.IsProvenAsync(Message(Sign("alice.test").Replace("s=k", "s=silent", StringComparison.Ordinal)), end.Token)).ToList();

        Assert.True(await proof.IsProvenAsync(Message(Sign("alice.test")), default).WaitAsync(Eventually.Patience));

        Assert.DoesNotContain(silent, asked => asked.IsCompleted);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(silent));
    }

    [Theory]
    [InlineData("")]
    [InlineData("no header at all")]
    [InlineData("DKIM-Signature: d=alice.test; b=; bh=;;;=\r\n\r\nx")]
    [InlineData("DKIM-Signature: v=1; a=rsa-sha256; d=alice.test; s=k; h=from; bh=!!!; b=???\r\nFrom: a\r\n\r\nx")]
    [InlineData("DKIM-Signature: v=1; a=none; d=sub.alice.test; s=..; h=; bh=AA==; b=AA==\r\n\r\nx")]
    public async Task Texts_that_are_no_messages_prove_nothing(string text)
    {
        using var proof = new SenderProof(new FakeDns().With(KeyRecord("alice.test")), new FakeTimeProvider());
        Assert.False(await proof.IsProvenAsync(Message(text), default));
    }

    private static LoadedMessage Message(string text, bool isTrusted = false)
    {
        var octets = Encoding.Latin1.GetBytes(text);
        var client = new QueuedClient("192.0.2.55", 1, null, "mail.alice.test", "ESMTP", isTrusted, null);
        return new LoadedMessage(
            new QueuedEnvelope(new QueueId(1, 1), default, new QueuedRecipient("alice", "sub.alice.test"), [new QueuedRecipient("bob", "example.com")], client),
            new QueuedText(octets, null, 0, octets.Length, null!, null));
    }

    private static string Sign(string domain)
    {
        using var message = MimeMessage.Load(new MemoryStream(Encoding.ASCII.GetBytes(Text)));
        var signer = new DkimSigner(Key.Private, domain, "k") { HeaderCanonicalizationAlgorithm = DkimCanonicalizationAlgorithm.Relaxed };
        message.Prepare(EncodingConstraint.SevenBit);
        signer.Sign(message, [HeaderId.From, HeaderId.Subject]);
        using var octets = new MemoryStream();
        var format = FormatOptions.Default.Clone();
        format.NewLineFormat = NewLineFormat.Dos;
        message.WriteTo(format, octets);
        return Encoding.ASCII.GetString(octets.ToArray());
    }

    private static TxtRecord KeyRecord(string domain) => new(
        $"k._domainkey.{domain}", 60, "v=DKIM1; k=rsa; p=" + Convert.ToBase64String(SubjectPublicKeyInfoFactory.CreateSubjectPublicKeyInfo(Key.Public).GetDerEncoded()));

    private static AsymmetricCipherKeyPair MakeKey()
    {
        var generator = new RsaKeyPairGenerator();
        generator.Init(new KeyGenerationParameters(new SecureRandom(), 1024));
        return generator.GenerateKeyPair();
    }
}
