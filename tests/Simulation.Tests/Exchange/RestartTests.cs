using System.Net;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Simulate;

namespace ThrottleNet.Simulation.Tests.Exchange;

/// <summary>A node that starts again treats a sprayer as its peers do.</summary>
public sealed class RestartTests
{
    private const long Second = 1000;
    private static readonly IpBlock Sprayer = IpBlock.Of(IPAddress.Parse("203.0.113.66"));
    private static readonly IpBlock Person = IpBlock.Of(IPAddress.Parse("198.51.100.7"));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_node_that_starts_again_refuses_a_sprayer_that_its_peers_refuse(bool forget)
    {
        var network = Networks.Of(8, seed: 1);
        network.RunFor(70 * Second); // until the number of operators has settled
        for (var i = 0; i < 160; i++)
        {
            var node = network.Nodes[i % 8];
            network.At(network.Now + (10 * i), () => node.Register(Sprayer));
        }

        network.At(network.Now + (2 * Second), () => network.Nodes[1].Register(Person));
        network.RunFor(5 * Second);
        Assert.All(network.Nodes, node => Assert.Equal(VerdictAction.Refuse, node.Judge(node.Register(Sprayer))));
        network.RunFor(3 * Second);
        var restarted = network.Nodes[5];
        restarted.Store();
        Networks.Die(network, restarted, network.Now + (2 * Second));
        Networks.Again(network, restarted, network.Now + (12 * Second), forget);
        network.RunFor(40 * Second);

        Assert.Equal(VerdictAction.Refuse, restarted.Judge(restarted.Register(Sprayer)));
        Assert.True(restarted.IsRefusedAtConnect(Sprayer));
        Assert.Equal(VerdictAction.Forward, restarted.Judge(restarted.Register(Person)));
    }
}
