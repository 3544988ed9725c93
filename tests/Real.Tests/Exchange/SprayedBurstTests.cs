using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Exchange;

/// <summary>A host that spreads its messages over a network's nodes gets no more through than a burst at one node.</summary>
public sealed class SprayedBurstTests
{
    private const int Messages = 500;

    // Recipients that one host may send at once, and one for the race: its hard limit of 20 an hour, over the time constant of half an hour.
    private const int BurstAndOne = 11;

    // Where one operator may lie, a single report counts up to half of a host's limit only. So after a burst at one node half a burst passes at a second one,
    // and two earned meanwhile.
    private const int SecondBurst = 7;

    // When reports exceed this (units an hour), a node has received the rest of a spray. It is far over all limits, and far under the number sent.
    private const double Much = 100;

    [NeedsFact(RelayNetwork.Root, RelayNetwork.Ip, RelayNetwork.Python, RelayNetwork.Sink, RelayNetwork.Curl)]
    public async Task A_spray_over_five_nodes_lets_at_most_a_burst_through()
    {
        await using var network = await RelayNetwork.StartAsync();
        await AssertSprayStoppedAsync(network);
    }

    [NeedsFact(RelayNetwork.Root, RelayNetwork.Ip, RelayNetwork.Python, RelayNetwork.Sink, RelayNetwork.Curl)]
    public async Task Where_an_operator_may_lie_a_second_node_lets_half_a_burst_through()
    {
        await using var network = await RelayNetwork.StartAsync(faulty: 1);
        var sender = await network.NewSenderAsync();
        var first = await network.SprayAsync(sender, 2 * BurstAndOne, network.Relays[0]);
        var second = await network.SprayAsync(sender, 2 * BurstAndOne, network.Relays[1]);
        var third = await network.SprayAsync(sender, 2 * BurstAndOne, network.Relays[2]);

        Assert.InRange(first.Accepted, BurstAndOne - 1, BurstAndOne);
        Assert.InRange(second.Accepted, 1, SecondBurst);
        Assert.InRange(third.Accepted, 0, 1);
        Assert.Equal(first.Accepted + second.Accepted + third.Accepted, network.Arrived);
    }

    [NeedsFact(RelayNetwork.Root, RelayNetwork.Ip, RelayNetwork.Python, RelayNetwork.Sink, RelayNetwork.Curl)]
    public async Task A_node_learns_of_a_spray_after_a_cut_and_stops_the_rest_of_it()
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
    public async Task A_node_learns_of_a_spray_after_a_kill_and_stops_the_rest_of_it()
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
    public async Task A_kill_of_a_node_during_a_spray_lets_no_more_through()
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
    public async Task A_spray_over_slow_links_lets_at_most_a_burst_through()
    {
        await using var network = await RelayNetwork.StartAsync(slow: true);
        await AssertSprayStoppedAsync(network);
    }

    // Each spray has its own sender, so that earlier counts do not matter. A person who sends meanwhile is not delayed.
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
