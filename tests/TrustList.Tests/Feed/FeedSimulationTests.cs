using FsCheck;
using FsCheck.Fluent;
using ThrottleNet.TrustList.Statements;
using static ThrottleNet.TrustList.Tests.TestAuthor;

namespace ThrottleNet.TrustList.Tests.Feed;

public sealed class FeedSimulationTests : IDisposable
{
    private static readonly string[] Subjects = ["192.0.2.0/24", "192.0.2.0/25", "192.0.2.7/32", "198.51.100.0/24", "2001:db8::/48", "a.isp.example"];

    // Two roots, three keys that may get delegations, and one key that never gets one.
    private readonly SigningKey[] _keys = [.. Enumerable.Range(0, 6).Select(_ => SigningKey.Create())];

    public void Dispose() => Array.ForEach(_keys, key => key.Dispose());

    [Fact]
    public void Whatever_the_order_of_events_all_nodes_come_to_the_same_list() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed => Simulate(seed, nodes: 5, statements: 30, losses: 0.02))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(60));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Fifty_nodes_whose_links_come_and_go_come_to_the_same_list(int seed) => Simulate(seed, nodes: 50, statements: 120, losses: 0.002);

    private void Simulate(int seed, int nodes, int statements, double losses)
    {
        var random = new Random(seed);
        var world = Enumerable.Range(0, nodes).Select(_ => new FeedNode(new HashSet<string> { _keys[0].Public.Id, _keys[1].Public.Id })).ToArray();
        var links = Links(random, world);
        var now = TimeSpan.Zero;
        for (var said = 0; said < statements;)
        {
            now += TimeSpan.FromMilliseconds(random.Next(20));
            if (random.NextDouble() < 1.0 / (4 * nodes))
            {
                said++;
                Say(random, world, minute: said / 3);
            }

            var link = links[random.Next(links.Count)];
            if (random.NextDouble() < losses)
            {
                link.Cut();
            }
            else if (!link.IsUp && random.Next(4) == 0)
            {
                link.Restore();
            }

            link.Step(random.Next(2), random.Next(2) == 0, now);
        }

        links.ForEach(link => link.Restore());
        Settle(links, now);

        // Statements of an author without authority stay at the node where they were made.
        Assert.DoesNotContain(world[1..], node => node.Held.ByAuthor.ContainsKey(_keys[5].Public.Id));
        Assert.All(world, node => Assert.Equal(world[0].Lines(), node.Lines()));
        Assert.All(world, node => Assert.Equal(world[0].Picture(statements), node.Picture(statements)));
    }

    /// <summary>An author signs a statement at its own node, or, seldom, at another node with a copy of the key, which may fork the log.</summary>
    private void Say(Random random, FeedNode[] world, int minute)
    {
        var author = random.Next(_keys.Length);
        var home = author == 5 ? 0 : random.Next(12) == 0 ? random.Next(world.Length) : author % world.Length;
        var subject = Subjects[random.Next(Subjects.Length)];
        var delegated = _keys[2 + random.Next(3)].Public.Id;
        world[home].Say(_keys[author], random.Next(author < 2 ? 6 : 4) switch
        {
            0 => Revoke(subject),
            1 => Suspend(subject),
            2 => Renew(subject),
            3 => Enrol(subject),
            4 => Delegate(subject, delegated),
            _ => random.Next(3) == 0 ? Revoke(subject) with { Delegate = delegated } : Delegate(subject, delegated),
        }, minute);
    }

    private static List<FeedLink> Links(Random random, FeedNode[] world)
    {
        // A tree, so that all nodes are connected, and as many random links.
        var links = Enumerable.Range(1, world.Length - 1).Select(i => new FeedLink(world[i], world[random.Next(i)])).ToList();
        for (var i = 0; i < world.Length; i++)
        {
            var (a, b) = (random.Next(world.Length), random.Next(world.Length));
            if (a != b)
            {
                links.Add(new FeedLink(world[a], world[b]));
            }
        }

        return links;
    }

    private static void Settle(List<FeedLink> links, TimeSpan now)
    {
        for (var round = 0; ; round++)
        {
            Assert.True(round < 200, "they talk without end");
            now += TimeSpan.FromSeconds(1);
            if (links.Sum(link => link.Settle(now)) == 0)
            {
                return;
            }
        }
    }
}
