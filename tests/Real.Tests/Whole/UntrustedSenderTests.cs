using System.Globalization;
using ThrottleNet.Real.Tests.Guard;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Whole;

/// <summary>An unknown Postfix with its packager's configuration, and a protected Postfix behind the whole network.</summary>
public sealed class UntrustedSenderTests
{
    // The limit an hour, half of which may come at once. The larger it is, the sooner the rate allows one message more.
    private const int PerHour = 400;

    private static readonly string[] Limits =
    [
        .. new[] { "Host", "Site", "Region" }.SelectMany(level => new[] { $"Throttle:{level}:Soft={PerHour}", $"Throttle:{level}:Hard={PerHour}", $"Throttle:{level}:Day=100000" }),
    ];

    [NeedsFact(GuardWorld.Root, GuardWorld.Ip, GuardWorld.Postfix, GuardWorld.Firewall, GuardWorld.Client, GuardWorld.Authority, GuardWorld.Resolver)]
    public async Task A_message_over_the_rate_is_deferred_by_node_and_guard_and_arrives_through_the_network_later()
    {
        await using var world = await GuardWorld.StartAsync(Limits);
        var host = await world.AddAsync(3);
        await using var sender = await PostfixInstance.StartSenderAsync(host, "mail.people.test");
        var messages = 0;
        while (!Statuses(sender).Contains("deferred"))
        {
            // One at a time near the limit, so that one message alone has to wait.
            for (var i = messages < (PerHour / 2) - 5 ? (PerHour / 2) - 5 : 1; i > 0; i--, messages++)
            {
                await sender.SubmitAsync("eager@people.test", GuardWorld.User, string.Create(CultureInfo.InvariantCulture, $"Subject: number {messages}\n\nhello\n"));
            }

            await Eventually.HoldsAsync("an attempt for each", () => Statuses(sender).Count >= messages);
        }

        await sender.LogLineAsync("the node's deferral", l => l.Contains("said: 451 4.7.1 throttle-mx.relays.test limits mail by sending host: the limit for an hour is reached by 10.77.0.3", StringComparison.Ordinal));
        var last = await sender.LogLineAsync("the guard's deferral", l => l.Contains("status=deferred", StringComparison.Ordinal));
        Assert.Contains("relay=mail.example.test[10.77.0.2]:25", last, StringComparison.Ordinal);
        Assert.Contains("450 4.7.1", last, StringComparison.Ordinal);
        Assert.Matches(@"limits how much mail 10\.77\.\S+ sends; it takes the next one (now|in \d+ minutes?), so send there", last);
        Assert.Single(await sender.QueueAsync());

        await Eventually.HoldsAsync("a rate that allows one more", async () => (await world.BlockAsync(host)).GetProperty("verdict").GetString() != "Defer");
        await sender.FlushAsync();
        await Eventually.HoldsAsync("an empty queue", async () => (await sender.QueueAsync()).Count == 0);
        await Eventually.HoldsAsync("all messages", () => world.Destination.Mailbox().Count == messages);
        Assert.DoesNotContain("bounced", Statuses(sender));
        Assert.Contains("relay=throttle-mx.relays.test", sender.Log.Last(l => l.Contains("status=sent", StringComparison.Ordinal)), StringComparison.Ordinal);
        await world.Guard.StopAsync();
        await world.Relay.StopAsync();
    }

    private static List<string> Statuses(PostfixInstance sender) => [.. sender.Log.Where(l => l.Contains("postfix/smtp[", StringComparison.Ordinal)).Select(l => l.Split("status=")).Where(p => p.Length == 2).Select(p => p[1].Split(' ')[0])];
}
