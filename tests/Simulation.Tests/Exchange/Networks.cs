using ThrottleNet.MxNode.Simulate;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.Simulation.Tests.Exchange;

/// <summary>Small networks to test with; each node has an operator of its own.</summary>
internal static class Networks
{
    /// <summary>Nodes that know the first of them, as from a configuration, and find the others by themselves.</summary>
    public static SimNetwork Of(int nodes, int seed, NetworkConditions? conditions = null, Func<ExchangeSettings, ExchangeSettings>? change = null)
    {
        var network = new SimNetwork(conditions ?? new NetworkConditions(), seed);
        for (var i = 0; i < nodes; i++)
        {
            var settings = new ExchangeSettings { Network = "sim", Address = $"node{i}:7000" };
            network.AddNode($"operator{i}", _ => change is null ? settings : change(settings));
        }

        foreach (var node in network.Nodes)
            Introduce(network, node);
        return network;
    }

    public static void Introduce(SimNetwork network, SimNode node) =>
        node.Core.Know(network.Now, [network.Nodes[0].Address, network.Nodes[1].Address]);

    /// <summary>Attempts of random hosts at random nodes, spread over a stretch of time.</summary>
    public static void Traffic(SimNetwork network, Oracle oracle, Random random, int attempts, long from, long until, int hosts = 40)
    {
        for (var i = 0; i < attempts; i++)
        {
            var node = network.Nodes[random.Next(network.Nodes.Count)];
            var host = Oracle.Host(random.Next(hosts));
            var quarters = random.Next(4) == 0 ? 1u : 4u;
            network.At(random.NextInt64(from, until), () =>
            {
                if (node.IsUp && node.TakesMail)
                    oracle.Register(network, node, host, quarters);
            });
        }
    }
}
