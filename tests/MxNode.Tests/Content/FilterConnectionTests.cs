using ThrottleNet.MxNode.Content;
using ThrottleNet.MxNode.Listening;

namespace ThrottleNet.MxNode.Tests.Content;

public sealed class FilterConnectionTests
{
    [Fact]
    public async Task A_connection_for_which_no_time_is_left_gives_its_descriptor_back()
    {
        await using var filter = new ScriptedFilter();
        var clock = new FakeTimeProvider();
        var descriptors = new DescriptorBudget(20_000);
        var budget = new PhaseBudget(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(60), clock);
        clock.Advance(TimeSpan.FromSeconds(60));
        Assert.True(FilterAddress.TryParse(filter.Address, out var address));
        var failure = await Assert.ThrowsAsync<FilterException>(async () => await FilterConnection.OpenAsync(address, 1000, budget, clock, descriptors, default));
        Assert.Equal(FilterFault.TimedOut, failure.Fault);
        Assert.Equal(0, descriptors.OpenOutgoing);
    }
}
