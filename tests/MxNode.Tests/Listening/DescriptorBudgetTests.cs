using ThrottleNet.MxNode.Listening;

namespace ThrottleNet.MxNode.Tests.Listening;

public sealed class DescriptorBudgetTests
{
    [Theory]
    [InlineData(256)]
    [InlineData(1024)]
    [InlineData(20_000)]
    [InlineData(1_048_576)]
    public void The_shares_leave_a_reserve_for_the_runtime(int limit)
    {
        var budget = new DescriptorBudget(limit);
        var most = budget.Smtp + budget.Outgoing + budget.Queries + ((Enum.GetValues<Listener>().Length - 1) * budget.PerEndpoint);
        Assert.InRange(most, 1, limit - Math.Max(128, limit / 16));
        Assert.True(budget.Smtp >= budget.Outgoing, $"{budget.Smtp} for clients, {budget.Outgoing} outgoing");
    }

    [Fact]
    public void An_endpoint_takes_no_more_than_its_share()
    {
        var budget = new DescriptorBudget(1024);
        var taken = Enumerable.Range(0, 2000).Count(_ => budget.TryTake(Listener.Smtp, trusted: true));
        Assert.Equal((budget.Smtp, budget.Smtp), (taken, budget.Open(Listener.Smtp)));
        Assert.True(budget.TryTake(Listener.Admin, trusted: true));
        Assert.True(budget.TryTake(Listener.Exchange, trusted: true));
        budget.Release(Listener.Smtp);
        Assert.True(budget.TryTake(Listener.Smtp, trusted: true));
        Assert.False(budget.TryTake(Listener.Smtp, trusted: true));
    }

    [Fact]
    public void Untrusted_clients_leave_places_for_trusted_ones()
    {
        var budget = new DescriptorBudget(1024);
        var strangers = Enumerable.Range(0, 2000).Count(_ => budget.TryTake(Listener.Smtp, trusted: false));
        var trusted = Enumerable.Range(0, 2000).Count(_ => budget.TryTake(Listener.Smtp, trusted: true));
        Assert.Equal((budget.Smtp - (budget.Smtp / 16), budget.Smtp / 16), (strangers, trusted));
    }

    [Fact]
    public void Next_hops_and_files_have_a_share_and_what_clients_leave()
    {
        var budget = new DescriptorBudget(1024);
        while (budget.TryTake(Listener.Smtp, trusted: true))
        {
        }

        var held = new Stack<OutgoingDescriptor>();
        while (budget.TryTakeOutgoing() is { } descriptor)
        {
            held.Push(descriptor);
        }

        Assert.Equal(budget.Outgoing, held.Count);
        budget.Release(Listener.Smtp);
        Assert.NotNull(budget.TryTakeOutgoing());
        var twice = held.Pop();
        twice.Dispose();
        twice.Dispose();
        Assert.Equal(budget.Outgoing, budget.OpenOutgoing);
    }

    [Theory]
    [InlineData("Max open files            20000                30000                files     ", 20_000)]
    [InlineData("Max open files            unlimited            unlimited            files     ", 1024)]
    [InlineData("Max open files            9999999999           9999999999           files     ", int.MaxValue)]
    [InlineData("Max processes             7                    7                    processes ", 1024)]
    public void The_soft_limit_is_read_from_proc_limits(string line, int expected) =>
        Assert.Equal(expected, FileLimit.Parse(["Limit                     Soft Limit           Hard Limit           Units     ", line]));

    [Fact]
    public void The_limit_of_this_process_is_read() => Assert.InRange(FileLimit.Read(), 64, int.MaxValue);
}
