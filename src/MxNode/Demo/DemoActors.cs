using System.Net;

namespace ThrottleNet.MxNode.Demo;

/// <summary>The senders of the demo: people and programs.</summary>
internal static class DemoActors
{
    public const string Domain = "example.test";

    private static readonly IPAddress ListHost = IPAddress.Parse("127.20.0.1");
    private static readonly IPAddress FallenHost = IPAddress.Parse("127.21.0.1");

    /// <summary>Local-parts that have a mailbox at the domain.</summary>
    public static readonly IReadOnlyList<string> People = ["ann", "bob", "cleo", "dan"];

    private const int ListMessages = 200;
    private const int SprayMessages = 120;
    private const int SprayAtOnce = 30;
    private const int Guesses = 20;
    private const int EarlyTalks = 5;
    private const int Bypasses = 8;
    private const int BeforeRevocation = 30;
    private const int AfterRevocation = 30;

    // The most recipients that one host gets through in a burst: its hard limit an hour times the time constant of half an hour.
    private const int Burst = 10;

    /// <summary>All senders, in the order of the story; they act at the same time.</summary>
    public static IReadOnlyList<Actor> All(DemoNetwork network)
    {
        var nodes = network.Nodes;
        return
        [
            new("a person", IPAddress.Parse("127.10.0.1"), "writes to three people", "all delivered",
                a => a.Sent == 3 && a.Delivered == 3,
                (a, cancel) => OneByOneAsync(a, nodes, "eve@home.test", 3, cancel)),
            new("a list host", ListHost, $"enrols; {ListMessages} messages at once, half by the relays, half direct", "all delivered, none slowed",
                a => a.Sent == ListMessages && a.Delivered == ListMessages,
                (a, cancel) => ListAsync(a, network, cancel)),
            new("a list host gone bad", FallenHost, $"enrols, {BeforeRevocation} messages; is revoked, {AfterRevocation} more", "all delivered, then a person's rate",
                a => a.Sent == BeforeRevocation + AfterRevocation && a.Delivered >= BeforeRevocation && a.Delivered <= BeforeRevocation + Burst + nodes.Count, // a relay of a starved machine may hear too late of one that passed
                (a, cancel) => FallAsync(a, network, cancel)),
            new("a bypasser", IPAddress.Parse("127.60.0.1"), $"{Bypasses} messages straight to the real MX", "none delivered, none bounced",
                a => a is { Sent: Bypasses, Deferred: Bypasses },
                (a, cancel) => OneByOneAsync(a, [network.RealMx], "win@lottery.test", Bypasses, cancel)),
            new("a spammer", IPAddress.Parse("127.30.0.1"), $"sprays {SprayMessages} messages over {SprayAtOnce} connections to all {nodes.Count} relays", $"at most {Burst + 1} delivered, none bounced",
                a => a.Sent == SprayMessages && a.Delivered <= Burst + 1 && a.Refused == 0,
                (a, cancel) => ManyAsync(a, nodes, "win@lottery.test", SprayMessages, SprayAtOnce, PersonOf, cancel)),
            new("a guesser", IPAddress.Parse("127.40.0.1"), $"tries {Guesses} names for mailboxes", "cut off after a few",
                a => a.Delivered == 0 && a.Refused > 0 && a.Refused <= Burst + nodes.Count && a.Deferred == a.Sent - a.Refused && a.Sent == Guesses,
                (a, cancel) => GuessAsync(a, nodes, cancel)),
            new("an early talker", IPAddress.Parse("127.50.0.1"), "speaks before the greeting", "never gets to send",
                a => a.Sent == EarlyTalks && a.Refused == EarlyTalks,
                (a, cancel) => TalkEarlyAsync(a, nodes, cancel)),
        ];
    }

    private static async Task ListAsync(Actor actor, DemoNetwork network, CancellationToken cancel)
    {
        await network.EnrolAsync(actor.Address, cancel);
        var direct = await network.FindDirectAsync() == "smtp:[mail.example.test]" ? network.RealMx : throw new InvalidOperationException($"The direct map has no route to {Domain}");
        await Task.WhenAll(
            ManyAsync(actor, network.Nodes, "list@lists.test", ListMessages / 2, SprayAtOnce, PersonOf, cancel),
            ManyAsync(actor, [direct], "list@lists.test", ListMessages / 2, SprayAtOnce, PersonOf, cancel));
    }

    private static async Task FallAsync(Actor actor, DemoNetwork network, CancellationToken cancel)
    {
        await network.EnrolAsync(actor.Address, cancel);
        await ManyAsync(actor, network.Nodes, "news@fallen.test", BeforeRevocation, SprayAtOnce, PersonOf, cancel);
        await network.RevokeAsync(actor.Address, cancel);
        await ManyAsync(actor, network.Nodes, "win@lottery.test", AfterRevocation, SprayAtOnce, PersonOf, cancel);
    }

    private static string PersonOf(int message) => People[message % People.Count];

    private static async Task OneByOneAsync(Actor actor, IReadOnlyList<IPEndPoint> servers, string sender, int messages, CancellationToken cancel)
    {
        for (var i = 0; i < messages; i++)
        {
            actor.Note(await DemoClient.DeliverAsync(actor.Address, servers[i % servers.Count], sender, $"{PersonOf(i)}@{Domain}", cancel));
        }
    }

    private static Task ManyAsync(Actor actor, IReadOnlyList<IPEndPoint> nodes, string sender, int messages, int atOnce, Func<int, string> recipient, CancellationToken cancel) =>
        Parallel.ForEachAsync(
            Enumerable.Range(0, messages),
            new ParallelOptions { MaxDegreeOfParallelism = atOnce, CancellationToken = cancel },
            async (i, cancelOne) => actor.Note(await DemoClient.DeliverAsync(actor.Address, nodes[i % nodes.Count], sender, $"{recipient(i)}@{Domain}", cancelOne)));

    private static async Task GuessAsync(Actor actor, IReadOnlyList<IPEndPoint> nodes, CancellationToken cancel)
    {
        for (var i = 0; i < Guesses; i++)
        {
            actor.Note(await DemoClient.DeliverAsync(actor.Address, nodes[i % nodes.Count], "offer@cheap.test", $"guess{i}@{Domain}", cancel));
        }
    }

    private static async Task TalkEarlyAsync(Actor actor, IReadOnlyList<IPEndPoint> nodes, CancellationToken cancel)
    {
        for (var i = 0; i < EarlyTalks; i++)
        {
            actor.Note(await DemoClient.TalkEarlyAsync(actor.Address, nodes[i % nodes.Count], cancel));
        }
    }
}
