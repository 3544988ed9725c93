using System.Net;
using System.Text.RegularExpressions;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Mail;

/// <summary>
/// Cases of docs/interoperability.md with Postfix on both sides: one sends through the node, one is the next hop with the setting that makes
/// the case. The verdict is the sender's own: sent, deferred or bounced.
/// </summary>
public sealed class PostfixCaseTests
{
    private const string Plain = "From: ann@people.test\nSubject: hi\n\nhello\n";

    public static TheoryData<string, string[], string, string, string> Cases => new()
    {
        { "C1", ["smtpd_delay_reject = no", "smtpd_client_restrictions = reject"], "ann@people.test", Plain, "deferred .*451 4[.]4[.]1 .*does not accept this relay now.*554" },
        { "C2", [Restrict("check_client_access", "127.0.0.1", "550 5.7.1 client [127.0.0.1] blocked using zen.test")], "ann@people.test", Plain, "deferred .*451 4[.]4[.]1 .*zen[.]test" },
        { "C2", [Restrict("check_recipient_access", "bob@dest.test", "550 5.7.1 we do not want this")], "ann@people.test", Plain, "bounced .*550 5[.]7[.]1 127[.].*we do not want this" },
        { "C3", ["smtpd_discard_ehlo_keywords = 8bitmime, chunking"], "ann@people.test", "From: ann@people.test\nSubject: hi\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nGr\u00fc\u00dfe\n", "sent .*250" },
        { "C4", ["smtputf8_enable = no"], "ann@b\u00fccher.test", Plain, "sent .*250" },
        { "C4", ["smtputf8_enable = no"], "\u00e4nn@people.test", Plain, "bounced .*553 5[.]6[.]7" },
        { "C5", [], "ann@people.test", $"Subject: hi\nX-Long: {new string('h', 1_500)}\n\n{new string('x', 5_000)}\n", "sent .*250" },
        { "C8", [], "a..b@people.test", Plain, "sent .*250" },
        { "C16", [Restrict("check_recipient_access", "bob@dest.test", "450 4.2.0 greylisted")], "ann@people.test", Plain, "deferred .*450 4[.]2[.]0 .*greylisted" },
        { "C26", ["smtpd_discard_ehlo_keywords = dsn"], "ann@people.test", Plain, "sent .*250" },
    };

    [NeedsTheory("root", "postfix")]
    [MemberData(nameof(Cases))]
    public async Task The_sender_sees_the_verdict_of_the_mail(string what, string[] destination, string from, string message, string verdict)
    {
        using var folder = new TemporaryFolder();
        await using var hop = await StartHopAsync(destination);
        await using var node = await StartNodeAsync(folder, hop.Address);
        await using var sender = await StartSenderAsync(node);

        await sender.SubmitAsync(from, "bob@dest.test", message);

        var line = await sender.LogLineAsync($"the verdict of {what}", l => l.Contains("to=<bob@dest.test>", StringComparison.Ordinal) && l.Contains(" status=", StringComparison.Ordinal));
        Assert.True(Regex.IsMatch(line, "status=" + verdict), line);
        if (verdict.StartsWith("sent", StringComparison.Ordinal))
        {
            var arrived = await Eventually.FindAsync("the message", () => Task.FromResult(hop.Postfix.Mailbox() is [var only] ? only : null));
            Assert.EndsWith(message[(message.IndexOf("\n\n", StringComparison.Ordinal) + 1)..], arrived, StringComparison.Ordinal);
        }

        await node.StopAsync();
    }

    [NeedsFact("root", "postfix")]
    public async Task A_next_hop_that_takes_few_connections_gets_all_of_a_burst()
    {
        const int Messages = 20;
        using var folder = new TemporaryFolder();
        await using var hop = await StartHopAsync(["smtpd_client_connection_count_limit = 3", "smtpd_client_event_limit_exceptions ="]);
        await using var node = await StartNodeAsync(folder, hop.Address);
        await using var sender = await StartSenderAsync(node);

        await Task.WhenAll(Enumerable.Range(0, Messages).Select(i => sender.SubmitAsync("ann@people.test", $"bob{i}@dest.test", Plain)));

        await Eventually.HoldsAsync("the last delivery", () => hop.Postfix.Mailbox().Count >= Messages);
        Assert.DoesNotContain(sender.Log, l => l.Contains("status=deferred", StringComparison.Ordinal) || l.Contains("status=bounced", StringComparison.Ordinal));
        await node.StopAsync();
    }

    private static string Restrict(string check, string key, string answer) => $"smtpd_recipient_restrictions = {check} inline:{{{{{key} = {answer}}}}}, permit_mynetworks, reject_unauth_destination";

    private static async Task<Hop> StartHopAsync(string[] settings)
    {
        var address = Loopback.Next();
        return new Hop(address, await PostfixInstance.StartBesideAsync(address, "mail.dest.test", "dest.test", ["inet_protocols = ipv4", .. settings]));
    }

    // The sender is trusted, so that the throttle has no part in the verdict.
    private static Task<NodeProcess> StartNodeAsync(TemporaryFolder folder, IPAddress hop) =>
        NodeProcess.StartAsync(folder, $"Relay:Routes:dest.test={hop}:25", "Trust:Entries=127.0.0.0/8");

    private static Task<PostfixInstance> StartSenderAsync(NodeProcess node) => PostfixInstance.StartBesideAsync(
        Loopback.Next(), "mail.people.test", "people.test", $"relayhost = [127.0.0.1]:{node.SmtpPort}", "smtp_line_length_limit = 0", "smtputf8_enable = yes", "inet_protocols = ipv4");

    private sealed record Hop(IPAddress Address, PostfixInstance Postfix) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Postfix.DisposeAsync();
    }
}
