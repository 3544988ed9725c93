using System.Net;

namespace ThrottleNet.MxNode.Demo;

/// <summary>The people and programs of the demo.</summary>
internal static class DemoActors
{
    public const string Domain = "example.test";

    public static readonly IPAddress ListHost = IPAddress.Parse("127.20.0.1");

    /// <summary>Who has a mailbox at the domain.</summary>
    public static readonly IReadOnlyList<string> People = ["ann", "bob", "cleo", "dan"];

    private const int ListMessages = 200;
    private const int SprayMessages = 120;
    private const int SprayAtOnce = 30;
    private const int Guesses = 40;
    private const int EarlyTalks = 5;

    // What one host may send at once: its hard limit over the time constant of half an hour, and one for the race.
    private const int Burst = 10;

    /// <param name="nodes">The relays that the magic MX leads to.</param>
    public static IReadOnlyList<Actor> All(IReadOnlyList<IPEndPoint> nodes) =>
    [
        new("a person", IPAddress.Parse("127.10.0.1"), "writes to three people", "all delivered",
            a => a.Sent == 3 && a.Delivered == 3,
            (a, cancel) => PersonAsync(a, nodes, cancel)),
        new("a list host", ListHost, $"enrolled; {ListMessages} messages at once", "all delivered, none slowed",
            a => a.Sent == ListMessages && a.Delivered == ListMessages,
            (a, cancel) => ManyAsync(a, nodes, "list@lists.test", ListMessages, SprayAtOnce, i => People[i % People.Count], cancel)),
        new("a spammer", IPAddress.Parse("127.30.0.1"), $"sprays {SprayMessages} messages over {SprayAtOnce} connections to all {nodes.Count} relays", $"at most {Burst + 1} delivered, none bounced",
            a => a.Sent == SprayMessages && a.Delivered <= Burst + 1 && a.Refused == 0,
            (a, cancel) => ManyAsync(a, nodes, "win@lottery.test", SprayMessages, SprayAtOnce, i => People[i % People.Count], cancel)),
        new("a guesser", IPAddress.Parse("127.40.0.1"), $"tries {Guesses} names for mailboxes", "cut off after a few",
            a => a.Delivered == 0 && a.Refused is > 0 and <= Burst && a.Deferred >= Guesses - Burst,
            (a, cancel) => GuessAsync(a, nodes, cancel)),
        new("an early talker", IPAddress.Parse("127.50.0.1"), "speaks before the greeting", "never gets to send",
            a => a.Sent == EarlyTalks && a.Refused == EarlyTalks,
            (a, cancel) => TalkEarlyAsync(a, nodes, cancel)),
    ];

    private static async Task PersonAsync(Actor actor, IReadOnlyList<IPEndPoint> nodes, CancellationToken cancel)
    {
        foreach (var name in People.Take(3))
        {
            actor.Note(await DemoClient.DeliverAsync(actor.Address, nodes[actor.Sent % nodes.Count], "eve@home.test", $"{name}@{Domain}", cancel));
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
            await using var client = await DemoClient.ConnectAsync(actor.Address, nodes[i % nodes.Count], cancel);
            actor.Note(await client.CommandAsync("EHLO early.test", cancel));
        }
    }
}
