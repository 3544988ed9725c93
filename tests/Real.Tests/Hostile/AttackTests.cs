using ThrottleNet.Stress.Attacks;

namespace ThrottleNet.Real.Tests.Hostile;

/// <summary>The attacks of the benchmarks, shortened. How long mail may take is theirs to check, on a machine that does nothing else.</summary>
[Trait("Category", "Slow")]
[Collection(CrowdCollection.Name)]
public sealed class AttackTests
{
    // Nine in ten and 95 in 100 are the aims of the benchmarks. Here it takes only that mail goes on.
    private const double MostPersons = 0.9;

    [NeedsTheory("root")]
    [InlineData(512, 8_000)]
    [InlineData(1024, 14_000)]
    public async Task Clients_that_send_as_much_as_they_can_after_mail_do_not_fill_the_memory(int megabytes, int connections)
    {
        var outcome = await MemoryAttack.AfterMail.RunAsync(megabytes, connections);

        AssertLived(outcome);
    }

    [NeedsFact("root")]
    public async Task Clients_that_send_texts_without_an_end_do_not_fill_a_small_memory()
    {
        var outcome = await MemoryAttack.InText.RunAsync(megabytes: 256, connections: 4_000);

        AssertLived(outcome);
    }

    [Fact]
    public async Task Silent_connections_from_many_hosts_keep_nobody_out()
    {
        var (trusted, persons, opened) = await PlacesAttack.RunAsync(places: 1_000, TimeSpan.FromSeconds(10));

        Assert.True(opened > 1_000);
        Assert.Equal([], trusted.Failures);
        Assert.True(persons.Within(TimeSpan.MaxValue) >= MostPersons, $"{persons}");
    }

    [Fact]
    public async Task Hosts_that_are_silent_after_rcpt_keep_nobody_from_the_next_hop()
    {
        var (trusted, persons, silent) = await NextHopAttack.RunAsync(hosts: 100);

        // More than the 20 sessions with the next hop.
        Assert.True(silent > 20);
        Assert.Equal([], trusted.Failures);
        Assert.True(persons.Within(TimeSpan.MaxValue) >= MostPersons, $"{persons}");
    }

    [Theory]
    [InlineData("one /48")]
    [InlineData("one /32")]
    [InlineData("one /24")]
    [InlineData("one /16")]
    public async Task A_flood_of_new_hosts_of_one_block_is_thinned(string block)
    {
        var flood = FloodAttack.All.Single(f => f.Name.StartsWith(block, StringComparison.Ordinal));

        var (passed, _) = await flood.RunAsync(isWarm: true);

        Assert.InRange(passed, 1, flood.Aim);
    }

    private static void AssertLived(MemoryOutcome outcome)
    {
        Assert.True(outcome.IsAlive, $"{outcome}");
        Assert.True(outcome.Sent > 1 << 20, $"{outcome}");
        Assert.Equal([], outcome.Trusted.Failures);
        Assert.Equal(0, outcome.StopCode);
    }
}
