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

        // Those nobody uses give way.
        _server.Table.Put(Policy("one-more.evil.test") with { FetchedAt = _server.Clock.GetUtcNow() + MtaStsTable.KeptInUse });
        Assert.Null(_server.Table.Peek("one-more.evil.test"));
        _server.Clock.Advance(MtaStsTable.KeptInUse + TimeSpan.FromDays(1));
        _server.Table.Put(Policy("one-more.evil.test"));
        Assert.NotNull(_server.Table.Peek("one-more.evil.test"));
    }

    [Fact]
    public void Below_a_name_that_many_register_under_one_of_them_evicts_no_policy_of_another()
    {
        _server.Table.Put(Policy("example.me.uk"));
        for (var i = 0; i < MtaStsTable.PerName * 2; i++)
        {
            _server.Table.Put(Policy($"n{i}.evil.me.uk"));
        }

        Assert.NotNull(_server.Table.Peek("example.me.uk"));
        Assert.Equal(MtaStsTable.PerParent + 1, _server.Table.Export().Count);
        Assert.NotNull(_server.Table.Peek($"n{(MtaStsTable.PerName * 2) - 1}.evil.me.uk"));

        for (var i = 0; i < MtaStsTable.PerName * 2; i++)
        {
            _server.Table.Put(Policy($"evil{i}.me.uk"));
        }

        Assert.NotNull(_server.Table.Peek("example.me.uk"));
        Assert.Equal(MtaStsTable.PerName, _server.Table.Export().Count);
    }

    [Fact]
    public async Task Neither_a_refresh_nor_a_failed_one_counts_as_a_use()
    {
        _server.Table.Put(Policy("first.test"));
        _server.Table.Put(Policy("second.test"));
        _server.Table.Put(Policy("first.test"));
        Assert.Equal(["first.test", "second.test"], _server.Table.Export().Select(policy => policy.Domain));

        _server.Answer = _ => throw new HttpRequestException("no route");
        await _server.Lookup.RefreshAsync(Policy("first.test"), default);
        Assert.Equal(["first.test", "second.test"], _server.Table.Export().Select(policy => policy.Domain));
    }

    [Fact]
    public void The_octets_of_all_policies_are_bounded()
    {
        var large = new MtaStsPolicy(MtaStsMode.Enforce, [.. Enumerable.Range(0, 40).Select(i => $"m{i}.{new string('a', 60)}.{new string('b', 60)}.{new string('c', 60)}.test")], TimeSpan.FromDays(7));
        Assert.InRange(large.Patterns.Sum(pattern => pattern.Length), MtaStsPolicy.MaxPatternsLength * 9 / 10, MtaStsPolicy.MaxPatternsLength);
        for (var i = 0; i < MtaStsTable.Capacity; i++)
        {
            _server.Table.Put(Policy($"n{i}.test") with { Policy = large });
        }

        Assert.InRange(_server.Table.Export().Sum(policy => policy.Policy.Patterns.Sum(pattern => pattern.Length)), 1, MtaStsTable.Capacity * MtaStsTable.PlaceLength);
    }

    [Fact]
    public void After_failures_a_policy_is_due_again_after_a_pause_that_doubles()
    {
        _server.Table.Put(Policy("example.com") with { Policy = new MtaStsPolicy(MtaStsMode.Enforce, ["mail.example.com"], TimeSpan.FromDays(365)) });
        _server.Clock.Advance(MtaStsTable.RefreshAfter);
        var pause = MtaStsTable.FirstPause;
        for (var i = 0; i < 10; i++, pause = i < 7 ? pause * 2 : pause)
        {
            Assert.Single(_server.Table.Due());
            _server.Table.NoteFailure("example.com");
            _server.Clock.Advance(pause - TimeSpan.FromSeconds(1));
            Assert.Empty(_server.Table.Due());
            _server.Clock.Advance(TimeSpan.FromSeconds(1));
        }
    }

    [Fact]
    public async Task One_owners_servers_that_never_answer_hold_up_neither_the_file_nor_the_refresh_of_other_policies()
    {
        using var keeper = Keeper(_server.Table);
        _server.Respond = async (address, cancel) =>
        {
            if (address.Host.EndsWith("evil.test", StringComparison.Ordinal))
            {
                await new TaskCompletionSource().Task.WaitAsync(cancel);
            }

            return PolicyServer.Reply(System.Net.HttpStatusCode.OK, PolicyServer.Enforce);
        };
        await keeper.StartAsync(default);
        await _server.Clock.UntilWaitingAsync();
        for (var i = 0; i < MtaStsTable.PerParent; i++)
        {
            _server.Table.Put(Policy($"n{i}.slow.evil.test"));
        }

        _server.Table.Put(Policy("example.com"));
        _server.Clock.Advance(MtaStsTable.RefreshAfter);
        await Eventually.HoldsAsync("the refresh", () => _server.Table.Peek("example.com")!.FetchedAt > Policy("x.test").FetchedAt - MtaStsTable.RefreshAfter);
        Assert.True(File.Exists(Path));
        Assert.Single(_server.Asked, address => address.Contains("evil.test", StringComparison.Ordinal));
        await keeper.StopAsync(default).WaitAsync(Eventually.Patience);
    }

    [Fact]
    public async Task A_file_that_is_too_long_is_read_up_to_the_bound_and_the_log_says_what_was_dropped()
    {
        _server.Table.Put(Policy("example.com"));
        using (var before = Keeper(_server.Table))
        {
            await before.StopAsync(default);
        }

        await using (var file = new FileStream(Path, FileMode.Append))
        {
            file.Write("garbage\n"u8);
            file.SetLength(MtaStsKeeper.MaxFile + 1000);
        }

        var table = new MtaStsTable(_server.Clock);
        using var after = Keeper(table);
        await after.StartAsync(default);
        await after.StopAsync(default);
        Assert.NotNull(table.Peek("example.com"));
        Assert.Single(_server.Log.Lines, line => line.Event == 3203);
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

    // As programs of format 1 write it. The policy is in base64, as its owner published it.
    [Fact]
    public async Task A_file_of_version_1_is_read_and_written_again_with_the_same_octets()
    {
        var fetched = _server.Clock.GetUtcNow().ToUnixTimeSeconds();
        var text = $"throttlenet-mta-sts 1\nexample.com 20260101 {fetched} {Convert.ToBase64String("version: STSv1\nmode: enforce\nmx: mail.example.com\nmax_age: 604800\n"u8)}\n";
        await File.WriteAllTextAsync(Path, text);
        using var keeper = Keeper(_server.Table);
        await keeper.StartAsync(default);
        await keeper.StopAsync(default);
        var policy = Assert.Single(_server.Table.Export());
        Assert.Equal(("example.com", "20260101", MtaStsMode.Enforce, fetched), (policy.Domain, policy.Id, policy.Policy.Mode, policy.FetchedAt.ToUnixTimeSeconds()));
        Assert.DoesNotContain(_server.Log.Lines, line => line.Event == 3203);

        File.Delete(Path);
        _server.Table.Put(policy);
        using var again = Keeper(_server.Table);
        await again.StopAsync(default);
        Assert.Equal(text, await File.ReadAllTextAsync(Path));
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

    private MtaStsKeeper Keeper(MtaStsTable table) => new(table, _server.Lookup, Path, new NodeHealth(_server.Clock, NullLogger<NodeHealth>.Instance), _server.Logger<MtaStsKeeper>());
}
