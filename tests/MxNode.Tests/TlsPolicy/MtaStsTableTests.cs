using Microsoft.Extensions.Logging.Abstractions;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.MxNode.TlsPolicy;
using ThrottleNet.Protocol.MtaSts;

namespace ThrottleNet.MxNode.Tests.TlsPolicy;

/// <summary>The policies in force: bounded, and kept over restarts.</summary>
public sealed class MtaStsTableTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly PolicyServer _server = new();

    private string Path => _folder.File("mta-sts.policies");

    public void Dispose()
    {
        _server.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_zone_with_names_without_end_evicts_its_own_policies_only()
    {
        _server.Table.Put(Policy("example.com"));
        for (var i = 0; i < MtaStsTable.Capacity * 2; i++)
        {
            _server.Table.Put(Policy($"n{i}.evil.test"));
        }

        Assert.NotNull(_server.Table.Use("example.com"));
        Assert.Equal(MtaStsTable.PerName + 1, _server.Table.Export().Count);
        Assert.Null(_server.Table.Use("n0.evil.test"));
        Assert.NotNull(_server.Table.Use($"n{(MtaStsTable.Capacity * 2) - 1}.evil.test"));
    }

    [Fact]
    public void Of_many_zones_the_policies_used_longest_ago_are_evicted()
    {
        for (var i = 0; i < MtaStsTable.Capacity; i++)
        {
            _server.Table.Put(Policy($"n{i}.test"));
        }

        Assert.NotNull(_server.Table.Use("n0.test"));
        _server.Table.Put(Policy("one-more.test"));
        Assert.NotNull(_server.Table.Use("n0.test"));
        Assert.Null(_server.Table.Use("n1.test"));
    }

    [Fact]
    public async Task Policies_survive_a_restart_with_the_time_of_their_fetching()
    {
        _server.Table.Put(Policy("example.com"));
        _server.Table.Put(Policy("short.test") with { Policy = new MtaStsPolicy(MtaStsMode.Testing, ["*.short.test"], TimeSpan.FromHours(1)) });
        await RestartAsync();
        Assert.Equal([Policy("example.com").ToString(), "short.test"], [_server.Table.Use("example.com")!.ToString(), _server.Table.Use("short.test")!.Domain]);

        _server.Clock.Advance(TimeSpan.FromHours(2));
        await RestartAsync();
        Assert.Equal(Policy("example.com").Expires - TimeSpan.FromHours(2), _server.Table.Use("example.com")!.Expires);
        Assert.Null(_server.Table.Use("short.test"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("throttlenet-mta-sts 2\nexample.com 1 0 dmVyc2lvbg==\n")]
    [InlineData("throttlenet-mta-sts 1\ngarbage\n\nexample.com 1 99999999999999999999 x\nexample.com 1 1 !!!\nexample.com 1 1 AAAA\nEXAMPLE 1 1 AAAA\nexample.com id! 1 AAAA\n")]
    public async Task A_file_of_another_version_or_a_damaged_one_gives_no_policy(string text)
    {
        await File.WriteAllTextAsync(Path, text);
        using var keeper = Keeper(_server.Table);
        await keeper.StartAsync(default);
        await keeper.StopAsync(default);
        Assert.Empty(_server.Table.Export());
    }

    [Fact]
    public void A_time_of_fetching_in_the_future_counts_as_now()
    {
        _server.Table.Restore([Policy("example.com") with { FetchedAt = _server.Clock.GetUtcNow().AddYears(5) }]);
        Assert.Equal(_server.Clock.GetUtcNow().AddDays(7), _server.Table.Use("example.com")!.Expires);
    }

    private StoredPolicy Policy(string domain) =>
        new(domain, "1", new MtaStsPolicy(MtaStsMode.Enforce, ["mail.example.com"], TimeSpan.FromDays(7)), DateTimeOffset.FromUnixTimeSeconds(_server.Clock.GetUtcNow().ToUnixTimeSeconds()));

    private async Task RestartAsync()
    {
        using var before = Keeper(_server.Table);
        await before.StopAsync(default);
        foreach (var policy in _server.Table.Export())
        {
            _server.Table.Put(policy with { Policy = policy.Policy with { MaxAge = TimeSpan.Zero } });
        }

        Assert.Empty(_server.Table.Export());
        using var after = Keeper(_server.Table);
        await after.StartAsync(default);
        await after.StopAsync(default);
    }

    private MtaStsKeeper Keeper(MtaStsTable table) => new(table, _server.Lookup, Path, new NodeHealth(_server.Clock, NullLogger<NodeHealth>.Instance));
}
