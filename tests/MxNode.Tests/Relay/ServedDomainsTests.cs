using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Tests.Relay;

public sealed class ServedDomainsTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("example.net")]
    [InlineData("example.co.uk")]
    public void A_wildcard_zone_pushes_out_no_other_domain(string zone)
    {
        var served = new ServedDomains(_time);
        served.Note("real.example.org");
        served.Note("neighbour.co.uk");
        for (var i = 0; i < 2 * ServedDomains.Capacity; i++)
        {
            served.Note($"n{i}.{zone}");
        }

        Assert.True(served.Contains("real.example.org"));
        Assert.True(served.Contains("neighbour.co.uk"));
        Assert.Equal(ServedDomains.PerName + 2, served.Export().Count);
        Assert.True(served.Contains($"n{(2 * ServedDomains.Capacity) - 1}.{zone}"));
    }

    [Fact]
    public void The_domain_served_longest_ago_is_forgotten_first()
    {
        var served = new ServedDomains(_time);
        for (var i = 0; i <= ServedDomains.Capacity; i++)
        {
            served.Note($"n{i}.test");
            if (i == 0)
            {
                served.Note("n1.test");
            }
        }

        Assert.Equal(ServedDomains.Capacity, served.Export().Count);
        Assert.False(served.Contains("n0.test"));
        Assert.True(served.Contains("n2.test"));
    }

    [Fact]
    public async Task Domains_survive_a_restart_and_a_clock_that_was_set_back()
    {
        var before = new ServedDomains(_time);
        using (var keeper = Keeper(before))
        {
            await keeper.StartAsync(default);
            before.Note("example.org");
            _time.Advance(TimeSpan.FromDays(1));
            before.Note("example.net");
            await keeper.StopAsync(default);
        }

        _time.StepWall(TimeSpan.FromDays(-10));
        _time.Advance(TimeSpan.FromDays(3));
        var after = new ServedDomains(_time);
        using var again = Keeper(after);
        await again.StartAsync(default);
        Assert.Equal(["example.org", "example.net"], after.Export().Select(s => s.Domain));
        _time.Advance(ServedDomains.Life);
        Assert.False(after.Contains("example.org"));
        await again.StopAsync(default);
    }

    [Fact]
    public async Task A_damaged_file_is_read_as_far_as_it_makes_sense()
    {
        _folder.Write("served.domains", $"example.org {_time.GetUtcNow().ToUnixTimeSeconds()}\nexample.net soon\n\0\n../x 1\na b c\nexample.com 99999999999999999999\n");
        var served = new ServedDomains(_time);
        using var keeper = Keeper(served);
        await keeper.StartAsync(default);
        Assert.Equal("example.org", Assert.Single(served.Export()).Domain);
        await keeper.StopAsync(default);
    }

    private ServedDomainsKeeper Keeper(ServedDomains served) => new(served, _folder.File("served.domains"), new NodeHealth(_time, NullLogger<NodeHealth>.Instance));
}
