using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Exchange;

/// <summary>However a host spreads what it sends over a network's nodes, it gets no more through than a burst at one.</summary>
public sealed class SprayTests
{
    private const int Messages = 500;

    // What one host may send at once, and one for the race: its hard limit, 20 an hour, over the time constant of half an hour.
    private const int BurstAndOne = 11;

    // Units an hour that tell that a node has heard of the rest of a spray: far over all limits, far under what was sent.
    private const double Much = 100;

    [NeedsFact(RelayNetwork.Root, RelayNetwork.Ip, RelayNetwork.Python, RelayNetwork.Sink, RelayNetwork.Curl)]
    public async Task A_spray_over_five_nodes_lets_at_most_a_burst_through()
    {
        await using var network = await RelayNetwork.StartAsync();
        await AssertSprayStoppedAsync(network);
    }

    [NeedsFact(RelayNetwork.Root, RelayNetwork.Ip, RelayNetwork.Python, RelayNetwork.Sink, RelayNetwork.Curl)]
    public async Task A_node_that_was_cut_off_hears_of_a_spray_when_it_is_healed_and_lets_none_of_its_rest_through()
    {
        await using var network = await RelayNetwork.StartAsync();
        var sender = await network.NewSenderAsync();
        var last = network.Relays[^1];
        await last.CutOffAsync();

        var first = await network.SprayAsync(sender, Messages, network.Relays);
        await last.HealAsync();
        await last.KnowsAsync(sender, Much);
        var second = await network.SprayAsync(sender, Messages, network.Relays);

        Assert.True(first.Unreached > 0, $"{first}");
        Assert.InRange(first.Accepted + second.Accepted, 0, BurstAndOne);
        Assert.Equal(0, second.Unreached);
        Assert.Equal(first.Accepted + second.Accepted, network.Arrived);
        await AssertSprayStoppedAsync(network);
    }

    [NeedsFact(RelayNetwork.Root, RelayNetwork.Ip, RelayNetwork.Python, RelayNetwork.Sink, RelayNetwork.Curl)]
    public async Task A_node_that_was_killed_hears_of_a_spray_when_it_is_back_and_lets_none_of_its_rest_through()
    {
        await using var network = await RelayNetwork.StartAsync();
        var sender = await network.NewSenderAsync();
        var last = network.Relays[^1];
        await last.Process!.KillAsync();

        var first = await network.SprayAsync(sender, Messages, network.Relays);
        await network.StartAsync(last);
        await last.KnowsAsync(sender, Much);
        var second = await network.SprayAsync(sender, Messages, network.Relays);

        Assert.True(first.Unreached > 0, $"{first}");
        Assert.InRange(first.Accepted + second.Accepted, 0, BurstAndOne);
        Assert.Equal(0, second.Unreached);
        await AssertSprayStoppedAsync(network);
    }

    [NeedsFact(RelayNetwork.Root, RelayNetwork.Ip, RelayNetwork.Python, RelayNetwork.Sink, RelayNetwork.Curl)]
    public async Task A_node_that_is_killed_in_the_middle_of_a_spray_lets_no_more_through_before_nor_after()
    {
        await using var network = await RelayNetwork.StartAsync();
        var sender = await network.NewSenderAsync();
        var last = network.Relays[^1];
        var spraying = network.SprayAsync(sender, Messages, network.Relays);
        await last.KnowsAsync(sender, 1);
        await last.Process!.KillAsync();

        var first = await spraying;
        await network.StartAsync(last);
        await last.KnowsAsync(sender, Much);
        await network.SprayAsync(sender, Messages, network.Relays);

        Assert.True(first.Unreached > 0, $"{first}");
        Assert.InRange(network.Arrived, 0, BurstAndOne);
        await AssertSprayStoppedAsync(network);
    }

    [NeedsFact(RelayNetwork.Root, RelayNetwork.Ip, RelayNetwork.Python, RelayNetwork.Sink, RelayNetwork.Curl)]
    public async Task A_spray_lets_at_most_a_burst_through_where_nodes_hear_each_other_late()
    {
        await using var network = await RelayNetwork.StartAsync(slow: true);
        await AssertSprayStoppedAsync(network);
    }

    // A sender of its own, so that what was before does not count; and a person is not held up by it all.
    private static async Task AssertSprayStoppedAsync(RelayNetwork network)
    {
        var before = network.Arrived;
        var spray = await network.SprayAsync(await network.NewSenderAsync(), Messages, network.Relays);

        Assert.InRange(spray.Accepted, 0, BurstAndOne);
        Assert.Equal((0, 0), (spray.Refused, spray.Unreached));
        Assert.Equal(Messages, spray.Accepted + spray.Deferred);
        Assert.Equal(before + spray.Accepted, network.Arrived);
        Assert.Equal(new Spray(Accepted: 2, 0, 0, 0), await network.SprayAsync(await network.NewSenderAsync(), 2, network.Relays));
        var errors = string.Join('\n', network.Relays.SelectMany(r => r.Process!.Log).Where(l => l.IsError).Select(l => l.Text));
        Assert.True(errors.Length == 0, errors);
    }
}
