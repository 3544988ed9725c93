using MimeKit.Cryptography;
using ThrottleNet.Real.Tests.Content;

namespace ThrottleNet.Real.Tests.Authentication;

/// <summary>Destinations that check senders with opendkim, opendmarc and rspamd, and do not take XCLIENT.</summary>
public sealed class RealDestinationTests
{
    private const string Root = "root", Unshare = "unshare", Postfix = "postfix", OpenDkim = "opendkim", OpenDmarc = "opendmarc", Rspamd = "rspamd";

    private const string Forged = "Authentication-Results: throttle-mx.relays.test;\r\n\tspf=pass smtp.mailfrom=strict.test\r\nauthentication-RESULTS : (x)\r\n \"THROTTLE-MX.relays.test\" ; dkim=pass header.d=strict.test\r\n";

    private const string Head = "From: a@signed.example.net\r\nTo: bob@example.com\r\nSubject: x\r\nDate: Thu, 1 Jan 2026 00:00:00 +0000\r\nMessage-ID: <1@signed.example.net>\r\n";

    // Each is signed, sent, and verified at the destination.
    private static readonly string[] Texts =
    [
        $"{Head}\r\nhello\r\n",
        $"{Head}\r\n",
        $"{Head}Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\u00e4\u00f6\u00fc  \t\r\n\r\n.\r\n..\r\nx\r\n",
        $"{Head}MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\npreamble\r\n--b  \r\nContent-Type: text/plain\r\n\r\nx\r\n--b--   \r\nepilogue\r\n",
        $"{Head}MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n--b\r\nno end\r\n",
        $"{Head}Content-Type: message/rfc822\r\n\r\nno message\r\n",
        $"{Head}X-Folded: a\r\n\tb  \t c\r\n d\r\nx-empty:\r\n\r\nbody\r\n",
        $"{Head}Authentication-Results: mx.other.test; dkim=none\r\n\r\nresults of others stay\r\n",
        $"{Head}\r\n{string.Concat(Enumerable.Repeat(new string('x', 900) + "\r\n", 300))}",
    ];

    [NeedsTheory(Root, Unshare, Postfix, OpenDkim)]
    [InlineData("Results")]
    [InlineData("Arc")]
    public async Task A_message_with_a_valid_signature_keeps_it_by_opendkim(string mode)
    {
        await using var world = await CheckingDestination.StartAsync(mode, await CheckingFilters.OpenDkimAsync(CheckingDestination.Records));
        foreach (var canonicalization in new[] { DkimCanonicalizationAlgorithm.Simple, DkimCanonicalizationAlgorithm.Relaxed })
        {
            foreach (var text in Texts)
            {
                Assert.StartsWith("250", await world.SendAsync(SignedTexts.Sign("signed.example.net", text, canonicalization), "a@signed.example.net"), StringComparison.Ordinal);
            }
        }

        Assert.StartsWith("250", await world.SendAsync(SignedTexts.Sign("signed.example.net", Texts[0]) + "added\r\n", "a@signed.example.net"), StringComparison.Ordinal);
        var messages = await world.MailboxAsync((2 * Texts.Length) + 1);

        // The destination's program and the relay agree.
        Assert.Equal([("dkim=fail", 1), ("dkim=pass", 2 * Texts.Length)], messages.GroupBy(m => Dkim(m)).Select(g => (g.Key, g.Count())).Order());
        Assert.All(messages, m => Assert.Equal(
            Results(m, CheckingFilters.AuthservId).Contains("dkim=pass", StringComparison.Ordinal), Results(m, CheckingDestination.Network).Contains("dkim=pass", StringComparison.Ordinal)));
        Assert.Equal(2, messages.Count(m => m.Contains("\nAuthentication-Results: mx.other.test; dkim=none\n", StringComparison.Ordinal)));
        await world.Node.StopAsync();
    }

    [NeedsFact(Root, Unshare, Postfix, OpenDmarc)]
    public async Task A_sender_that_opendmarc_refused_passes_by_the_relay_s_results_and_a_forger_does_not()
    {
        const string Sender = $"ann@{CheckingDestination.Strict}";
        await using (var before = await CheckingDestination.StartAsync("Off", await CheckingFilters.OpenDmarcAsync(CheckingDestination.Records, CheckingDestination.Network)))
        {
            Assert.StartsWith("550 5.7.1", await before.SendAsync(Samples.Message("hello", Sender), Sender), StringComparison.Ordinal);
        }

        await using var world = await CheckingDestination.StartAsync("Results", await CheckingFilters.OpenDmarcAsync(CheckingDestination.Records, CheckingDestination.Network));
        Assert.StartsWith("250", await world.SendAsync(Samples.Message("hello", Sender), Sender), StringComparison.Ordinal);
        Assert.StartsWith("550 5.7.1", await world.SendAsync(Forged + Samples.Message("forged", Sender), Sender, "127.0.0.8"), StringComparison.Ordinal);
        Assert.StartsWith("550 5.7.1", await world.SendAsync(Forged + Samples.Message("forged", Sender), "eve@elsewhere.test"), StringComparison.Ordinal);

        var message = Assert.Single(await world.MailboxAsync(1));
        Assert.Contains("spf=pass smtp.mailfrom=strict.test", Results(message, CheckingDestination.Network), StringComparison.Ordinal);
        Assert.Contains("dmarc=pass", Results(message, CheckingFilters.AuthservId), StringComparison.Ordinal);
        var line = await world.Node.LogLineAsync("the session's line", l => l.EventId == 1000 && l.Text.Contains("messages: 1,", StringComparison.Ordinal));
        Assert.Contains("spf=pass, dkim=none", line.Text, StringComparison.Ordinal);
        await world.Node.StopAsync();
    }

    [NeedsFact(Root, Unshare, Postfix, Rspamd)]
    public async Task A_sender_that_rspamd_rejected_passes_by_a_trusted_seal_and_keeps_its_signature()
    {
        const string Sender = $"ann@{CheckingDestination.Strict}";
        await using (var before = await CheckingDestination.StartAsync("Off", await CheckingFilters.RspamdAsync(CheckingDestination.Records, CheckingDestination.Sealer)))
        {
            Assert.StartsWith("554 5.7.1", await before.SendAsync(Samples.Message("hello", Sender), Sender), StringComparison.Ordinal);
        }

        await using var world = await CheckingDestination.StartAsync("Arc", await CheckingFilters.RspamdAsync(CheckingDestination.Records, CheckingDestination.Sealer));
        Assert.StartsWith("250", await world.SendAsync(Samples.Message("hello", Sender), Sender), StringComparison.Ordinal);
        foreach (var text in Texts)
        {
            Assert.StartsWith("250", await world.SendAsync(SignedTexts.Sign("signed.example.net", text), "a@signed.example.net"), StringComparison.Ordinal);
        }

        var messages = await world.MailboxAsync(1 + Texts.Length);
        Assert.All(messages, m => Assert.Contains("ARC_ALLOW_TRUSTED(", m, StringComparison.Ordinal));
        Assert.Equal(Texts.Length, messages.Count(m => m.Contains("R_DKIM_ALLOW(", StringComparison.Ordinal)));
        await world.Node.StopAsync();
    }

    private static string Dkim(string message) => Results(message, CheckingFilters.AuthservId).Split(' ').FirstOrDefault(word => word.StartsWith("dkim=", StringComparison.Ordinal)) ?? "none";

    // The field of results by this service, unfolded; empty if there is none.
    private static string Results(string message, string authservId) =>
        message.Split("\n\n")[0].Replace("\n\t", " ", StringComparison.Ordinal).Replace("\n ", " ", StringComparison.Ordinal).Split('\n')
            .FirstOrDefault(l => l.StartsWith($"Authentication-Results: {authservId};", StringComparison.Ordinal)) ?? "";
}
