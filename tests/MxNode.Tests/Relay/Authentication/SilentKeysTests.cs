using System.Text;
using ThrottleNet.MxNode.Relay.Authentication;

namespace ThrottleNet.MxNode.Tests.Relay.Authentication;

/// <summary>Senders whose DNS never answers. Their own messages wait until the time limit; those of others do not.</summary>
public sealed class SilentKeysTests
{
    // More than SenderCheck lets through without a place.
    private static readonly string Large = SignedTexts.Plain + new StringBuilder().Insert(0, new string('x', 998) + "\r\n", 300);

    [Theory]
    [InlineData("Results")]
    [InlineData("Arc")]
    public async Task They_neither_delay_nor_spoil_the_checks_of_others(string mode)
    {
        await using var rig = new AuthenticationRig(Enum.Parse<AuthenticationMode>(mode));
        rig.Dns.With(SignedTexts.Key("alice.test"));
        rig.Dns.IsUnanswered = name => name.EndsWith("silent.test", StringComparison.Ordinal);
        var started = rig.Relay.Clock.GetTimestamp();
        var silent = Enumerable.Range(0, 12)
            .Select(i => rig.DeliverAsync(SignedTexts.Sign($"d{i}.silent.test", i % 2 == 0 ? Large : SignedTexts.Plain))).ToList();
        await Eventually.HoldsAsync("the questions for the silent keys", () => rig.Dns.Questions.Count(q => q.Contains("silent.test", StringComparison.Ordinal)) == 12);

        var (small, large) = (SignedTexts.Sign("alice.test"), SignedTexts.Sign("alice.test", Large));
        var others = Enumerable.Range(0, 50).Select(i => rig.DeliverAsync(i % 10 == 0 ? large : small)).ToList();
        await Eventually.HoldsAsync("the checks of others", () => others.TrueForAll(sending => sending.IsCompleted));

        Assert.All(await Task.WhenAll(others), result => Assert.Equal(new AuthenticationVerdict("none", "pass"), result.Authentication));
        Assert.Equal(TimeSpan.Zero, rig.Relay.Clock.GetElapsedTime(started));
        Assert.DoesNotContain(silent, sending => sending.IsCompleted);

        rig.Relay.Clock.Advance(SenderCheck.Patience);
        Assert.All(await Task.WhenAll(silent), result => Assert.Equal(new AuthenticationVerdict("none", "temperror"), result.Authentication));
    }

    [Fact]
    public async Task A_domain_whose_SPF_is_never_answered_keeps_no_place()
    {
        await using var rig = new AuthenticationRig();
        rig.Dns.With(SignedTexts.Key("alice.test"));
        rig.Dns.IsUnanswered = name => name == "alice.test";
        var signed = SignedTexts.Sign("alice.test", Large);

        var silent = Enumerable.Range(0, 8).Select(_ => rig.DeliverAsync(signed)).ToList();
        await Eventually.HoldsAsync("the questions for the keys", () => rig.Dns.Questions.Count(q => q.Contains("_domainkey", StringComparison.Ordinal)) == 8);
        var other = rig.DeliverAsync(signed, mail: RelayRig.MailFrom("carol@carol.test"));
        await Eventually.HoldsAsync("the check of another", () => other.IsCompleted);

        Assert.Equal(new AuthenticationVerdict("none", "pass"), (await other).Authentication);
        Assert.DoesNotContain(silent, sending => sending.IsCompleted);
        rig.Relay.Clock.Advance(SenderCheck.DnsPatience);
        Assert.All(await Task.WhenAll(silent), result => Assert.Equal(new AuthenticationVerdict("temperror", "pass"), result.Authentication));
    }

    [Fact]
    public async Task A_silent_key_does_not_spoil_the_other_signatures_of_its_message()
    {
        await using var rig = new AuthenticationRig();
        rig.Dns.With(SignedTexts.Key("alice.test"));
        rig.Dns.IsUnanswered = name => name.EndsWith("silent.test", StringComparison.Ordinal);

        var sending = rig.SendAsync(SignedTexts.Sign("silent.test", SignedTexts.Sign("alice.test")));
        await Eventually.HoldsAsync("the questions for both keys", () => rig.Dns.Questions.Count(q => q.Contains("_domainkey", StringComparison.Ordinal)) == 2);
        rig.Relay.Clock.Advance(SenderCheck.DnsPatience);

        Assert.Matches("dkim=temperror reason=\"out of time\" header.d=silent.test .*dkim=pass header.d=alice.test ", AuthenticationRig.Results(await sending));
    }

    [Fact]
    public async Task Lines_of_the_field_stay_within_998_octets_whatever_a_signature_says()
    {
        await using var rig = new AuthenticationRig(AuthenticationMode.Arc);
        var hostile = new string('\\', 255);

        var message = await rig.SendAsync($"DKIM-Signature: v=1; a={hostile}; d={hostile}; s={hostile}; h=from; bh=AA==; b=AA==\r\n{SignedTexts.Plain}");

        Assert.All(message.Split("\r\n"), line => Assert.InRange(line.Length, 0, 998));
        Assert.Contains("dkim=permerror", AuthenticationRig.Results(message), StringComparison.Ordinal);
    }
}
