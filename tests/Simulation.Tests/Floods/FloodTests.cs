using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Simulate.Floods;
using Xunit.Abstractions;

namespace ThrottleNet.Simulation.Tests.Floods;

/// <summary>
/// Floods of many hosts of one block over simulated days, compared with the aims of the newcomer rule. Bounds are 1.3 times the figures of the model
/// by which the rule was chosen.
/// </summary>
public sealed class FloodTests(ITestOutputHelper output)
{
    /// <summary>Each of the attackers' scenarios, without retries. <c>simulate --flood all</c> adds the retries of mail servers, and takes many minutes.</summary>
    [Theory]
    [InlineData("fresh48")]
    [InlineData("hold48")]
    [InlineData("aged48")]
    [InlineData("snowshoe24")]
    [InlineData("snowshoe16")]
    [InlineData("snowshoe32")]
    public void Of_a_flood_no_more_passes_than_1_3_times_the_aim(string name)
    {
        var result = FloodScenario.All.Single(s => s.Name == name).Run(schedule: null, seed: 1);
        output.WriteLine($"{result}");
        Assert.True(result.AsPromised, $"{result}");

        // The attackers do send.
        Assert.True(result.FirstHour >= (result.FirstHourAim ?? 0) / 5 && result.Later >= (result.LaterAim ?? 0) / 5, $"{result}");
    }

    public static TheoryData<string> Servers => [.. SenderSchedule.All.Select(s => s.Name)];

    [Theory]
    [MemberData(nameof(Servers))]
    public void Retries_as_mail_servers_make_them_gain_a_fresh_48_nothing(string server)
    {
        var result = FloodScenario.All.Single(s => s.Name == "fresh48").Run(SenderSchedule.All.Single(s => s.Name == server), seed: 2);
        output.WriteLine($"{result}");
        Assert.True(result.AsPromised, $"{result}");
    }

    [Fact]
    public void A_fresh_32_sends_from_two_thousand_48s_with_ten_hosts_each()
    {
        var network = new FloodNetwork(9);
        var passed = new FloodTally(network);
        for (var i = 0; i < 20_000; i++)
        {
            var host = FloodScenario.V6(i % 2000, i / 2000);
            network.In(network.Random.Next(30_000), () => network.SendOne(host, null, passed.Passed));
        }

        network.Run(FloodNetwork.Hour);
        output.WriteLine($"passed: {passed.InHour(0)}");
        Assert.InRange(passed.InHour(0), 1000, 3000);
    }

    [Fact]
    public void A_fresh_24_sends_from_254_hosts_ten_messages_each()
    {
        var network = new FloodNetwork(10);
        var passed = new FloodTally(network);
        for (var i = 0; i < 2540; i++)
        {
            var host = V4(0, 1 + (i % 254));
            network.In(network.Random.Next(5000), () => network.SendOne(host, null, passed.Passed));
        }

        network.Run(FloodNetwork.Hour);
        output.WriteLine($"passed: {passed.InHour(0)}");
        Assert.InRange(passed.InHour(0), 100, 400);
    }

    [Fact]
    public void Legitimate_hosting_of_a_16_is_served_at_once_over_days()
    {
        var network = new FloodNetwork(11);
        var (fresh, standing) = (new Delays(), new Delays());
        for (var i = 0; i < 2048; i++)
        {
            var (host, isNew) = (V4(i % 256, 1 + (i / 256)), i % 20 == 0);
            if (!isNew)
            {
                network.Stand(host);
            }

            Office(network, host, SenderSchedule.All[i % SenderSchedule.All.Count], isNew ? fresh : standing, 2 * FloodNetwork.Day);
        }

        network.Run(5 * FloodNetwork.Day);
        output.WriteLine($"new: {fresh}; standing: {standing}");
        Assert.Equal((0, 0), (fresh.Lost, standing.Lost));
        Assert.True(((fresh.AtOnce * fresh.Sent) + (standing.AtOnce * standing.Sent)) / (fresh.Sent + standing.Sent) >= 0.98, $"{fresh} {standing}");
    }

    [Theory]
    [InlineData("dma", 5)]
    [InlineData("Haraka", 15)]
    [InlineData("sendmail", 60)]
    [InlineData("Exim", 30)]
    public void A_queue_of_thirty_that_tries_every_relay_in_turn_is_empty_after_five_hours(string server, double flushMinutes)
    {
        var network = new FloodNetwork(12, relays: 3);
        var (host, queue) = (V4(0, 7), Enumerable.Range(0, 30).Select(i => (long)i).ToList());
        Flush();
        network.Run(5 * FloodNetwork.Hour);
        output.WriteLine($"{server}: {queue.Count} left");
        Assert.Empty(queue);

        // After a 4xx the client walks on to the next relay, within the same minute.
        void Flush()
        {
            for (var relay = 0; relay < network.Relays; relay++)
            {
                foreach (var message in queue.ToList())
                {
                    if (network.Try(host, message, relay))
                    {
                        queue.Remove(message);
                    }
                }
            }

            if (queue.Count > 0)
            {
                network.In(flushMinutes * FloodNetwork.Minute, Flush);
            }
        }
    }

    [Theory]
    [InlineData(20)]
    [InlineData(100)]
    public void Persons_in_a_site_with_loud_spammers_are_served_at_once(int spammers)
    {
        var (fresh, servers, standing, _) = Mixed(6, spammers, perHour: 120, rounds: 2);
        Assert.Equal((0, 0, 0), (fresh.Lost, servers.Lost, standing.Lost));
        Assert.True(fresh.Percentile(0.9) == 0, $"{fresh}");
        Assert.Equal(1, standing.AtOnce);
    }

    [Fact]
    public void Persons_in_a_site_with_a_hundred_quiet_spammers_are_delayed_and_lose_nothing()
    {
        var (fresh, servers, standing, spam) = Mixed(7, 100, perHour: 6, rounds: 16);
        Assert.Equal((0, 0, 0), (fresh.Lost, servers.Lost, standing.Lost));
        Assert.Equal(1, standing.AtOnce);

        // Of 400 persons. With 50, chance moves the median from 1 to 2 h and the slowest tenth from 4.8 to 7 h.
        Assert.True(fresh.Percentile(0.5) <= 1.1 && fresh.Percentile(0.9) <= 4.9 && fresh.Slowest <= 7.5, $"{fresh}");
        Assert.True(spam <= 195, $"{spam} an hour");
    }

    [Fact]
    public void An_IPv4_24_of_254_legitimate_servers_a_third_of_them_new_loses_nothing()
    {
        var network = new FloodNetwork(8);
        var (fresh, standing) = (new Delays(), new Delays());
        for (var i = 0; i < 254; i++)
        {
            var (host, isNew) = (V4(0, 1 + i), network.Random.NextDouble() < 0.3);
            if (!isNew)
            {
                network.Stand(host);
            }

            Office(network, host, SenderSchedule.All[i % SenderSchedule.All.Count], isNew ? fresh : standing, 9 * FloodNetwork.Day);
        }

        network.StandingPerHour(V4(0, 1), 254 * 0.7f * 2.2f); // on average over day and night
        network.Run(15 * FloodNetwork.Day);
        output.WriteLine($"new: {fresh}; standing: {standing}");
        Assert.Equal((0, 0), (fresh.Lost, standing.Lost));
        Assert.True(standing.AtOnce >= 0.99, $"{standing}");
        Assert.True((fresh.AtOnce * fresh.Sent) + (standing.AtOnce * standing.Sent) >= 0.7 * (fresh.Sent + standing.Sent));
        Assert.True(fresh.Percentile(0.9) <= 1.5, $"{fresh}");
    }

    // A site with 25 persons, 10 new servers and 25 servers with standing among spammers that have sent for eight hours.
    private (Delays Fresh, Delays Servers, Delays Standing, double Spam) Mixed(int seed, int spammers, double perHour, int rounds)
    {
        var (fresh, servers, standing, spam) = (new Delays(), new Delays(), new Delays(), 0.0);
        for (var round = 0; round < rounds; round++)
        {
            var network = new FloodNetwork((100 * seed) + round);
            var tally = new FloodTally(network);
            for (var i = 0; i < spammers; i++)
            {
                network.Spam(V4(0, 1 + i), perHour, elsewhere: 0, 5 * FloodNetwork.Day, tally.Passed);
            }

            for (var i = 0; i < 60; i++)
            {
                var (host, schedule) = (V4(0, 150 + i), SenderSchedule.All[i % SenderSchedule.All.Count]);
                if (i >= 35)
                {
                    network.Stand(host);
                }

                var delays = i < 25 ? fresh : i < 35 ? servers : standing;
                for (var message = 0; message < (i < 25 ? 1 : 5); message++)
                {
                    network.In((8 + (network.Random.NextDouble() * 24)) * FloodNetwork.Hour, () => network.Send(host, schedule, delays));
                }
            }

            network.Run(6 * FloodNetwork.Day);
            spam += tally.PerHour(6, 5 * 24) / rounds;
        }

        output.WriteLine($"persons: {fresh}; new servers: {servers}; standing: {standing}; spam {spam:f0} an hour");
        return (fresh, servers, standing, spam);
    }

    // Business hours: three messages an hour from 8 to 18, five in the peaks from 10 and from 14; one in ten is to three to eight recipients.
    private static void Office(FloodNetwork network, IpBlock host, SenderSchedule schedule, Delays delays, long until)
    {
        network.In(network.Random.NextDouble() * FloodNetwork.Hour, Next);

        void Next()
        {
            if (network.Passed >= until)
            {
                return;
            }

            var hour = network.Passed / FloodNetwork.Hour % 24;
            var rate = hour is 10 or 14 ? 5 : hour is >= 8 and < 18 ? 2.5 : 0.2;
            if (network.Random.NextDouble() < rate / 5)
            {
                for (var i = network.Random.Next(10) == 0 ? 3 + network.Random.Next(6) : 1; i > 0; i--)
                {
                    network.Send(host, schedule, delays);
                }
            }

            network.In(network.Exponential(1.45 * FloodNetwork.Hour / 5), Next);
        }
    }

    private static IpBlock V4(int site, int host) => FloodScenario.V4(site, host);
}
