using System.Net;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Guard;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.TrustList;

namespace ThrottleNet.MxNode.Tests.Guard;

public sealed class DropTableTests : IDisposable
{
    private static readonly IPAddress A = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress B = IPAddress.Parse("192.0.2.2");
    private static readonly IPAddress C = IPAddress.Parse("2001:db8::7");

    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new();
    private readonly TrustBook _trust;

    public DropTableTests() => _trust = new TrustBook(_time);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_host_is_dropped_for_its_time_and_then_forgotten()
    {
        var table = Table();
        table.Add(A);
        _time.Advance(TimeSpan.FromMinutes(30));
        table.Add(B);
        table.Add(A); // the time of the first entry stays
        Assert.Equal([A, B], table.Hosts().Select(h => h.Address));
        _time.Advance(TimeSpan.FromMinutes(30));
        Assert.Equal([B], table.Hosts().Select(h => h.Address));
        Assert.Equal(1, table.Count);
    }

    [Fact]
    public void A_host_that_was_dropped_before_the_clock_was_set_back_is_dropped_again_when_it_comes_back()
    {
        var table = Table();
        table.Add(A);
        table.TakeChanges();
        _time.StepWall(TimeSpan.FromHours(-2));
        _time.Advance(TimeSpan.FromMinutes(70)); // the kernel has let it in
        table.Add(A);
        Assert.Equal([A], table.TakeChanges().Added.Select(h => h.Address));
        Assert.Equal(_time.GetUtcNow() + TimeSpan.FromHours(1), table.Hosts().Single().Until);
    }

    [Fact]
    public void After_a_sleep_the_kernel_is_told_to_let_hosts_in_whose_time_is_over()
    {
        var table = Table();
        table.Add(A);
        table.TakeChanges();
        _time.Suspend(TimeSpan.FromHours(2));
        Assert.Empty(table.Hosts());
        Assert.Equal([IpBlock.Of(A)], table.TakeChanges().Removed);
    }

    [Fact]
    public void Changes_are_reported_once_in_their_final_state()
    {
        var table = Table();
        table.Add(A);
        table.Add(B);
        table.Remove(IpBlock.Of(B));
        table.Remove(IpBlock.Of(C));
        var (added, removed) = table.TakeChanges();
        Assert.Equal([A], added.Select(h => h.Address));
        Assert.Equal([IpBlock.Of(B)], removed);
        Assert.Equal((0, 0), (table.TakeChanges().Added.Count, table.TakeChanges().Removed.Count));
    }

    [Fact]
    public void A_full_table_releases_its_oldest_entry()
    {
        var table = Table(capacity: 2);
        table.Add(A);
        table.Add(B);
        table.Add(C);
        Assert.Equal([B, C], table.Hosts().Select(h => h.Address));
        Assert.Equal([IpBlock.Of(A)], table.TakeChanges().Removed);
    }

    [Fact]
    public void The_table_stays_bounded_when_hosts_come_and_go()
    {
        var table = Table(capacity: 2);
        for (var i = 0; i < 100; i++)
        {
            table.Add(A);
            table.Remove(IpBlock.Of(A));
        }

        table.Add(A);
        table.Add(B);
        Assert.Equal([A, B], table.Hosts().Select(h => h.Address));
    }

    [Fact]
    public void Trusted_hosts_and_their_subnets_are_not_dropped()
    {
        var table = Table();
        table.Add(C);
        Assert.Equal(1, table.Count);
        _trust.Replace(TrustIndex.Build([new TrustEntry { Network = IPNetwork.Parse("2001:db8::1/128") }, new TrustEntry { Network = IPNetwork.Parse("192.0.2.0/31") }]));
        Assert.True(table.IsTrusted(table.Hosts()[0]));
        table.Remove(IpBlock.Of(C));
        table.Add(C);
        table.Add(A);
        Assert.Equal(0, table.Count);
        table.Add(B);
        table.Add(IPAddress.Parse("2001:db8:0:1::1"));
        Assert.Equal(2, table.Count);
    }

    [Fact]
    public void Written_entries_are_restored_with_their_remaining_time()
    {
        var file = new DropFile(_folder.Path);
        Assert.Empty(file.Read());
        var table = Table();
        table.Add(A);
        _time.Advance(TimeSpan.FromMinutes(50));
        table.Add(C);
        file.Write(table.Hosts());
        _time.Advance(TimeSpan.FromMinutes(15));

        var again = Table();
        foreach (var host in file.Read())
        {
            again.Restore(host);
        }

        var restored = Assert.Single(again.Hosts());
        Assert.Equal((C, _time.GetUtcNow() + TimeSpan.FromMinutes(45)), (restored.Address, restored.Until));
    }

    [Fact]
    public void Malformed_lines_are_skipped_and_times_too_far_ahead_are_capped()
    {
        var file = new DropFile(_folder.Path);
        File.WriteAllText(file.Path, "\nnothing\n192.0.2.1\n192.0.2.1 x\n192.0.2.1 -5\n192.0.2.1 99999999999999\n192.0.2.2 99999999999\n");
        var table = Table();
        foreach (var host in file.Read())
        {
            table.Restore(host);
        }

        var restored = Assert.Single(table.Hosts());
        Assert.Equal((B, _time.GetUtcNow() + TimeSpan.FromHours(1)), (restored.Address, restored.Until));
    }

    [Fact]
    public void The_kernel_gets_canonical_addresses_only()
    {
        var now = _time.GetUtcNow();
        var script = new NftScript("guard", [25, 587]).Change(
            [new DroppedHost(IPAddress.Parse("::ffff:192.0.2.9"), now.AddSeconds(90.5)), new DroppedHost(C, now.AddSeconds(-1))], [IpBlock.Of(A)], now);
        Assert.Equal(
            """
            add element inet guard drop4 { 192.0.2.1 }
            delete element inet guard drop4 { 192.0.2.1 }
            add element inet guard drop4 { 192.0.2.9 timeout 91s }
            add element inet guard drop6 { 2001:db8:: timeout 1s }

            """,
            script);
    }

    private DropTable Table(int capacity = 10) => new(new GuardOptions(), new TrustedBlocks(_trust), _time, capacity);
}
