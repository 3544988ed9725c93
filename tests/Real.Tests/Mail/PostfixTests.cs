using System.Globalization;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Mail;

/// <summary>Postfix sends without any setting for this network, and Postfix receives. Only the MX records lead through the node.</summary>
public sealed class PostfixTests
{
    private const string Body = "First line\n.\n.. dots\n\ttrailing blanks  \nGrüße – 日本\n\nlast";

    [NeedsTheory("root", "postfix", "nsd", "unbound", "ip")]
    [InlineData("smtp_tls_security_level = may", "with ESMTPS id ")]
    [InlineData("smtp_tls_security_level = none", "with ESMTP id ")]
    public async Task Mail_follows_the_MX_records_and_arrives_unchanged(string tls, string protocol)
    {
        await using var world = await MailWorld.StartAsync(tls);
        await world.Sender.SubmitAsync("friend@people.test", MailWorld.User, "From: friend@people.test\nSubject: hello\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n" + Body);

        await world.Destination.LogLineAsync("the delivery", l => l.Contains("status=sent (delivered to maildir)", StringComparison.Ordinal));
        await Eventually.HoldsAsync("an empty queue", () => world.Sender.Log.Any(l => l.EndsWith(": removed", StringComparison.Ordinal)));
        Assert.Empty(await world.Sender.QueueAsync());
        var message = Assert.Single(world.Destination.Mailbox());
        var end = message.IndexOf("\n\n", StringComparison.Ordinal);
        Assert.Equal(Body + "\n", message[(end + 2)..]);

        var trace = message[..end].Replace("\n\t", " ", StringComparison.Ordinal).Split('\n').Where(l => l.StartsWith("Received: ", StringComparison.Ordinal)).ToList();
        Assert.Collection(
            trace,
            l => Assert.Contains("by mail.example.test (Postfix)", l, StringComparison.Ordinal),
            l =>
            {
                Assert.StartsWith($"Received: from {MailWorld.SenderName} ({MailWorld.SenderName} [{world.SenderHost.Address}])", l, StringComparison.Ordinal);
                Assert.Contains($"by {NodeProcess.HostName} (ThrottleNet) {protocol}", l, StringComparison.Ordinal);
            },
            l => Assert.Contains($"by {MailWorld.SenderName} (Postfix", l, StringComparison.Ordinal));

        // By XCLIENT the destination knows the client, as if it had connected directly.
        Assert.Contains(world.Destination.Log, l => l.EndsWith($"client={MailWorld.SenderName}[{world.SenderHost.Address}]", StringComparison.Ordinal));
        await world.Node.StopAsync();
    }

    [NeedsFact("root", "postfix", "nsd", "unbound", "ip")]
    public async Task The_excess_of_a_burst_is_deferred_and_stays_in_the_senders_queue()
    {
        const int Messages = 40;
        const int Burst = 10; // 20 an hour, over half an hour at once
        await using var world = await MailWorld.StartAsync("smtp_tls_security_level = may");

        // The effect of the destination's guard: without it Postfix would go to the second MX at once.
        await world.SenderHost.CutOffFromAsync(world.DestinationHost);
        for (var i = 0; i < Messages; i++)
        {
            await world.Sender.SubmitAsync("eager@people.test", MailWorld.User, string.Create(CultureInfo.InvariantCulture, $"Subject: number {i}\n\nbuy\n"));
        }

        await Eventually.HoldsAsync("an attempt for each", () => Statuses(world.Sender).Count >= Messages);
        await world.Sender.LogLineAsync("the node's reason", l => l.Contains("451 4.7.1", StringComparison.Ordinal));
        var statuses = Statuses(world.Sender);
        Assert.All(statuses, s => Assert.Contains(s, new[] { "sent", "deferred" }));
        var sent = statuses.Count(s => s == "sent");
        Assert.InRange(sent, Burst, Burst + 1);
        await Eventually.HoldsAsync("the last delivery", () => world.Destination.Mailbox().Count >= sent);
        Assert.Equal(sent, world.Destination.Mailbox().Count);
        Assert.Equal(Messages - sent, (await world.Sender.QueueAsync()).Count);
        await world.Node.StopAsync();
    }

    // The result of each delivery attempt: sent, deferred or bounced.
    private static List<string> Statuses(PostfixInstance sender) =>
    [
        .. sender.Log
            .Select(l => l.Split("status="))
            .Where(parts => parts.Length == 2 && !parts[0].Contains("postfix/bounce", StringComparison.Ordinal))
            .Select(parts => parts[1].Split(' ')[0]),
    ];
}
