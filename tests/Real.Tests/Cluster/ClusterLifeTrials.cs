using System.Net;

namespace ThrottleNet.Real.Tests.Cluster;

/// <summary>The life of a cluster of real processes: it grows and shrinks, restarts under load, and hands its shards over. Like <see cref="ClusterTrials"/>.</summary>
internal static class ClusterLifeTrials
{
    private const int Burst = 10;
    private const int Persons = 3;

    private static readonly IPAddress Source = IPAddress.Parse("127.1.0.1");

    /// <summary>One node becomes three, and then another one alone. A host sends before, with three nodes, and afterwards.</summary>
    /// <returns>Messages of the host that passed.</returns>
    public static async Task<int> ScaleAsync()
    {
        await using var cluster = await LocalCluster.StartAsync("a");
        var passed = (await cluster.SprayAsync(Source, Burst / 2)).Accepted;
        await Task.WhenAll(cluster.StartAloneAsync("b"), cluster.StartAloneAsync("c"));
        foreach (var name in new[] { "a", "b", "c" })
        {
            await cluster.SeesAllAsync(name);
            await cluster.SettledAsync(name);
        }

        await cluster.AgreeAsync(Source, Burst / 2);
        passed += (await cluster.SprayAsync(Source, Burst)).Accepted;
        await cluster.LeaveAsync("a");
        await cluster.LeaveAsync("b");
        await cluster.SettledAsync("c");
        passed += (await cluster.SprayAsync(Source, Burst)).Accepted;
        await cluster.LeaveAsync("c");
        Assert.Equal(passed, cluster.Arrived);
        return passed;
    }

    /// <summary>All nodes restart one after the other, while one host sprays and persons send.</summary>
    /// <returns>Messages of the host that passed. Each message that was accepted has arrived, and no person's message was refused for good.</returns>
    public static async Task<int> RollingRestartAsync()
    {
        await using var cluster = await LocalCluster.StartAsync("a", "b", "c");
        using var ends = new CancellationTokenSource();
        var load = LoadAsync();
        try
        {
            foreach (var name in new[] { "a", "b", "c" })
            {
                await cluster.RestartAsync(name);
            }
        }
        finally
        {
            await ends.CancelAsync();
        }

        var (burst, persons, sent) = await load;
        Assert.Equal(burst + persons, cluster.Arrived);
        Assert.InRange(persons, sent - 1, sent); // one may be cut off unanswered: its sender would try again
        return burst;

        async Task<(int Burst, int Persons, int Sent)> LoadAsync()
        {
            var (passed, delivered, from) = (0, 0, 0);
            while (!ends.IsCancellationRequested)
            {
                var spray = await cluster.SprayAsync(Source, 2 * Burst);
                Assert.Equal(0, spray.Refused);
                passed += spray.Accepted;
                delivered += await DeliverAsync(IPAddress.Parse(FormattableString.Invariant($"127.{30 + (from / 250)}.{from++ % 250}.1")));
            }

            return (passed, delivered, from * Persons);
        }

        // As a mail server does: what is deferred is tried again, at any node.
        async Task<int> DeliverAsync(IPAddress person)
        {
            var delivered = 0;
            for (var attempt = 0; attempt < 5 && delivered < Persons; attempt++)
            {
                delivered += (await cluster.SprayAsync(person, Persons - delivered)).Accepted;
            }

            return delivered;
        }
    }

    /// <summary>A node gets SIGTERM while a session sends a text, which keeps it up: its shards are at the others before the session has ended.</summary>
    /// <returns>Messages of one host that passed meanwhile at the others.</returns>
    public static async Task<int> DrainAsync()
    {
        await using var cluster = await LocalCluster.StartAsync("a", "b", "c");
        var leaving = cluster["a"];
        Task stopping;
        int passed;
        await using (var session = await RawClient.ConnectAsync(leaving.Smtp))
        {
            await session.TalkAsync("<220", ">EHLO client.test", "<250", ">MAIL FROM:<ann@client.test>", "<250", ">RCPT TO:<bob@example.test>", "<250", ">DATA", "<354");
            stopping = leaving.StopAsync();
            await Eventually.HoldsAsync("all shards at the other nodes", async () =>
                await cluster.NumberAsync("b", "shards") + await cluster.NumberAsync("c", "shards") == LocalCluster.Shards);
            await cluster.SettledAsync("b");
            await cluster.SettledAsync("c");
            Assert.False(leaving.HasExited);
            passed = (await LocalCluster.SprayAsync(Source, 10 * Burst, [cluster["b"], cluster["c"]])).Accepted;
            Assert.False(leaving.HasExited);
        }

        await stopping;
        return passed;
    }
}
