using System.Text;
using MimeKit;
using MimeKit.Cryptography;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Relay.Authentication;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Tests.Relay.Authentication;

/// <summary>ARC sets: made for a message without any, continued where the chain is valid, and not made where it is broken.</summary>
public sealed class ArcSealerTests
{
    [Fact]
    public async Task A_message_gets_a_set_that_a_verifier_accepts_and_stays_as_it_is()
    {
        await using var rig = new AuthenticationRig(AuthenticationMode.Arc);
        rig.Dns.With(SignedTexts.Key("alice.test"), new TxtRecord("alice.test", 60, "v=spf1 ip4:192.0.2.55 -all"));
        var text = SignedTexts.Sign("alice.test");

        var message = await rig.SendAsync(text);

        Assert.EndsWith($"{Encoding.ASCII.GetString(RelayRig.Header)}{text}", message, StringComparison.Ordinal);
        Assert.Equal(["ARC-Seal", "ARC-Message-Signature", "ARC-Authentication-Results", "Authentication-Results", "Received"], Names(message).Take(5));
        Assert.Contains("cv=none", Field(message, "ARC-Seal"), StringComparison.Ordinal);
        Assert.Contains("d=relay.test; s=arc", Field(message, "ARC-Seal"), StringComparison.Ordinal);
        var sealed_ = Field(message, "ARC-Authentication-Results");
        Assert.Contains("i=1; throttle-mx.test;", sealed_, StringComparison.Ordinal);
        Assert.Contains("spf=pass smtp.mailfrom=alice.test;", sealed_, StringComparison.Ordinal);
        Assert.Contains("dkim=pass header.d=alice.test", sealed_, StringComparison.Ordinal);
        Assert.Equal(ArcSignatureValidationResult.Pass, await ValidateAsync(rig, message));
    }

    [Theory]
    [InlineData("changed\r\n", "body")]
    [InlineData("", "Subject")]
    public async Task A_message_that_was_changed_behind_the_relay_is_noticed(string added, string what)
    {
        await using var rig = new AuthenticationRig(AuthenticationMode.Arc);
        var message = await rig.SendAsync(SignedTexts.Plain);

        var changed = what == "body" ? message + added : message.Replace("Subject: hi", "Subject: ho", StringComparison.Ordinal);

        Assert.Equal(ArcSignatureValidationResult.Fail, await ValidateAsync(rig, changed));
    }

    [Fact]
    public async Task A_valid_chain_is_continued_with_the_next_instance()
    {
        await using var rig = new AuthenticationRig(AuthenticationMode.Arc);
        var first = await rig.SendAsync(SignedTexts.Plain);

        var second = await rig.SendAsync(first);
        var third = await rig.SendAsync(second);

        Assert.Contains("i=2; a=rsa-sha256; cv=pass", Field(second, "ARC-Seal"), StringComparison.Ordinal);
        Assert.Contains("i=3; a=rsa-sha256; cv=pass", Field(third, "ARC-Seal"), StringComparison.Ordinal);
        Assert.Contains("arc=pass", AuthenticationRig.Results(third), StringComparison.Ordinal);
        Assert.Equal(ArcSignatureValidationResult.Pass, await ValidateAsync(rig, third));
    }

    [Fact]
    public async Task A_broken_chain_is_not_continued()
    {
        await using var rig = new AuthenticationRig(AuthenticationMode.Arc);
        var first = (await rig.SendAsync(SignedTexts.Plain)).Replace("hello", "hullo", StringComparison.Ordinal);

        var second = await rig.SendAsync(first);

        Assert.EndsWith(Encoding.ASCII.GetString(RelayRig.Header) + Without(first, "Authentication-Results"), second, StringComparison.Ordinal);
        Assert.Equal("Authentication-Results", Names(second)[0]);
        Assert.Contains("arc=fail", AuthenticationRig.Results(second), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ARC-Seal: i=1; a=rsa-sha256; cv=fail; d=x.test; s=s; b=AA==\r\nARC-Message-Signature: i=1; a=rsa-sha256; d=x.test; s=s; h=from; bh=AA==; b=AA==\r\nARC-Authentication-Results: i=1; x.test; none\r\n")]
    [InlineData("ARC-Seal: i=1\r\n")]
    [InlineData("ARC-Seal: i=99; a=rsa-sha256; cv=none; d=x.test; s=s; b=AA==\r\n")]
    [InlineData("ARC-Seal: \r\nARC-Seal:;;\r\nARC-Message-Signature: i=x\r\nARC-Authentication-Results: i=1\r\n")]
    [InlineData("ARC-Authentication-Results: i=2; x.test; arc=pass\r\n")]
    public async Task Sets_that_are_no_chain_are_not_continued(string sets)
    {
        await using var rig = new AuthenticationRig(AuthenticationMode.Arc);

        var message = await rig.SendAsync(sets + SignedTexts.Plain);

        Assert.Contains("arc=fail", AuthenticationRig.Results(message), StringComparison.Ordinal);
        Assert.Equal("Authentication-Results", Names(message)[0]);
    }

    [Fact]
    public async Task A_chain_whose_key_the_DNS_does_not_give_is_temperror_and_not_continued()
    {
        await using var rig = new AuthenticationRig(AuthenticationMode.Arc);
        var first = await rig.SendAsync(SignedTexts.Plain);
        rig.Dns.Fails("arc._domainkey.relay.test", DnsType.Txt);

        var second = await rig.SendAsync(first);

        Assert.Contains("arc=temperror", AuthenticationRig.Results(second), StringComparison.Ordinal);
        Assert.Equal("Authentication-Results", Names(second)[0]);
    }

    [Fact]
    public async Task A_message_without_From_gets_results_and_no_set()
    {
        await using var rig = new AuthenticationRig(AuthenticationMode.Arc);
        Assert.Equal("Authentication-Results", Names(await rig.SendAsync("Subject: x\r\n\r\nx\r\n"))[0]);
    }

    private static List<string> Names(string message) => [.. Fields(message).Select(f => f.Name)];

    private static string Field(string message, string name) => Fields(message).First(f => f.Name == name).Value.Replace("\r\n\t", " ", StringComparison.Ordinal);

    private static string Without(string message, string name) => message.Replace(Encoding.Latin1.GetString(Fields(message).First(f => f.Name == name).Octets.Span), "", StringComparison.Ordinal);

    private static IReadOnlyList<ThrottleNet.Protocol.Smtp.HeaderField> Fields(string message) =>
        new ThrottleNet.Protocol.Smtp.HeaderSection(Encoding.Latin1.GetBytes(message), isWhole: true).Fields;

    private static async Task<ArcSignatureValidationResult> ValidateAsync(AuthenticationRig rig, string message)
    {
        using var parsed = MimeMessage.Load(new MemoryStream(Encoding.Latin1.GetBytes(message)));
        return (await new ArcVerifier(new DkimKeys(rig.Dns, 50)).VerifyAsync(parsed)).Chain;
    }
}
