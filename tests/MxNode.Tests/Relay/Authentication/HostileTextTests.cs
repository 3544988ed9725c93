using System.Text;
using FsCheck;
using FsCheck.Fluent;
using ThrottleNet.MxNode.Relay.Authentication;

namespace ThrottleNet.MxNode.Tests.Relay.Authentication;

/// <summary>Texts made to break the checks. Each goes through octet for octet, with results before it, and nothing throws.</summary>
public sealed class HostileTextTests
{
    // Pieces of texts that a parser of messages may stumble over.
    private static readonly string[] Pieces =
    [
        "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=alice.test; s=k; h=from:subject:content-type; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\r\n",
        "DKIM-Signature: v=1; a=ed25519-sha256; d=a; s=k; h=::::; bh=; b=\r\n", "DKIM-Signature:\r\n", "DKIM-Signature: v=1; a=\0; d=\u00ff; s=(; h=from; bh=\"; b=AA==\r\n",
        "ARC-Seal: i=1; a=rsa-sha256; cv=none; d=alice.test; s=k; b=AA==\r\n", "ARC-Message-Signature: i=1; a=rsa-sha256; d=alice.test; s=k; h=from; bh=AA==; b=AA==\r\n",
        "ARC-Authentication-Results: i=1; a; none\r\n", "ARC-Seal: i=-1; t=99999999999999999999\r\n", "ARC-Authentication-Results: ((((\r\n",
        "From: a@alice.test\r\n", "From: \0\r\n", "From : <<<<@@>>>>\r\n", "Subject: =?x?q?=00?=\r\n", "Content-Type: multipart/mixed; boundary=\"\"\r\n", "Content-Type: message/rfc822\r\n",
        "Content-Type: ;;;/=\r\n", "Content-Transfer-Encoding: base64\r\n", "MIME-Version: ?\r\n", "Authentication-Results: throttle-mx.test; x\r\n", "X:\r\n\t\r\n \r\n", ": no name\r\n",
        "\r\n", "--b\r\n", "--\r\n", "body\r\n", "From you Thu Jan  1\r\n", "\0\0\r\n", "\u00ff\u00fe\r\n",
    ];

    [Theory]
    [InlineData("Results")]
    [InlineData("Arc")]
    public async Task Any_mix_of_fields_goes_through(string mode)
    {
        await using var rig = new AuthenticationRig(Enum.Parse<AuthenticationMode>(mode));
        rig.Dns.With(SignedTexts.Key("alice.test"));
        foreach (var parts in Gen.Elements(Pieces).ListOf().Sample(200, 40))
        {
            var text = string.Concat(parts);

            var message = await rig.SendAsync(text);

            Assert.Contains("spf=none", AuthenticationRig.Results(message), StringComparison.Ordinal);
            Assert.DoesNotContain("dkim=pass", AuthenticationRig.Results(message), StringComparison.Ordinal);
            if (!text.Contains("Authentication-Results: throttle-mx.test", StringComparison.Ordinal))
            {
                Assert.EndsWith(Encoding.ASCII.GetString(RelayRig.Header) + text, message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task Deep_nesting_costs_nothing()
    {
        await using var rig = new AuthenticationRig(AuthenticationMode.Arc);
        rig.Dns.With(SignedTexts.Key("alice.test"));
        var nested = new StringBuilder("From: a@alice.test\r\nSubject: x\r\nContent-Type: multipart/mixed; boundary=b0\r\n\r\n");
        for (var i = 0; i < 20_000; i++)
        {
            nested.Append(System.Globalization.CultureInfo.InvariantCulture, $"--b{i}\r\nContent-Type: multipart/mixed; boundary=b{i + 1}\r\n\r\n");
        }

        var message = await rig.SendAsync(SignedTexts.Sign("alice.test", nested.ToString()));

        Assert.Contains("dkim=pass", AuthenticationRig.Results(message), StringComparison.Ordinal);
        Assert.EndsWith(nested.ToString(), message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_sets_and_many_signatures_ask_for_few_keys()
    {
        await using var rig = new AuthenticationRig(AuthenticationMode.Arc);
        var text = new StringBuilder();
        for (var i = 20; i > 0; i--)
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"ARC-Seal: i={i}; a=rsa-sha256; cv={(i == 1 ? "none" : "pass")}; d=d{i}.test; s=s; b=AA==\r\nARC-Message-Signature: i={i}; a=rsa-sha256; d=d{i}.test; s=s; h=from; bh=zS7KNTV0HyeorkDDGwxB1AV6enuRKzO5rthkhdHIRnY=; b=AA==\r\nARC-Authentication-Results: i={i}; x.test; none\r\n");
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"DKIM-Signature: v=1; a=rsa-sha256; d=e{i}.test; s=s; h=from; bh=zS7KNTV0HyeorkDDGwxB1AV6enuRKzO5rthkhdHIRnY=; b=AA==\r\n");
        }

        await rig.SendAsync(text + SignedTexts.Plain);

        Assert.InRange(rig.Dns.Questions.Count(q => q.Contains("_domainkey", StringComparison.Ordinal)), 1, 20);
    }
}
