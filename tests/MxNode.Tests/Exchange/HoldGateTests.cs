using ThrottleNet.MxNode.Exchange;

namespace ThrottleNet.MxNode.Tests.Exchange;

public sealed class HoldGateTests
{
    private readonly HoldGate _gate = new();

    [Fact]
    public async Task The_gate_opens_for_all_batches_up_to_the_complete_one()
    {
        var (first, second, third) = (_gate.WhenComplete(1), _gate.WhenComplete(2), _gate.WhenComplete(3));
        _gate.Open(2);
        await Task.WhenAll(first, second).WaitAsync(ExchangeNode.Patience);
        Assert.False(third.IsCompleted);
        Assert.True(_gate.WhenComplete(2).IsCompleted);
    }

    [Fact]
    public void A_node_that_is_alone_does_not_wait()
    {
        _gate.GoOnAlone();
        _gate.Update(isAlone: true);
        Assert.True(_gate.WhenComplete(7).IsCompleted);
    }

    [Fact]
    public void A_node_that_has_just_started_does_not_count_as_alone()
    {
        _gate.Update(isAlone: true);
        _gate.Open(1, isAlone: true);
        Assert.False(_gate.IsAlone);
        Assert.False(_gate.IsComplete(1));

        _gate.Update(isAlone: false);
        _gate.Open(1, isAlone: false);
        Assert.True(_gate.IsComplete(1));
        _gate.Update(isAlone: true);
        Assert.True(_gate.IsAlone);
    }

    [Fact]
    public void A_new_epoch_begins_without_a_complete_batch()
    {
        _gate.Open(9);
        _gate.StartEpoch();
        Assert.False(_gate.WhenComplete(1).IsCompleted);
    }

    [Fact]
    public async Task When_no_batch_becomes_complete_the_oldest_waits_are_forgotten_and_the_newest_still_open()
    {
        for (var batch = 1ul; batch < 5000; batch++)
        {
            _ = _gate.WhenComplete(batch);
        }

        var last = _gate.WhenComplete(5000);
        _gate.Open(5000);
        await last.WaitAsync(ExchangeNode.Patience);
    }
}
