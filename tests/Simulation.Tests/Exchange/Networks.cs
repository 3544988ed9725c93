using ThrottleNet.MxNode.Simulate;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.Simulation.Tests.Exchange;

/// <summary>Small networks to test with; each node has an operator of its own.</summary>
internal static class Networks
{
    /// <summary>Nodes that know the first of them, as from a configuration, and find the others by themselves.</summary>
    /// <param name="faulty">Operators that may lie. Of hot hosts a snapshot gives what is believed, which is all only where nobody may.</param>
    public static SimNetwork Of(int nodes, int seed, NetworkConditions? conditions = null, int faulty = 2)
    {
        var network = new SimNetwork(conditions ?? new NetworkConditions(), seed) { Faulty = faulty };
        for (var i = 0; i < nodes; i++)
            network.AddNode($"operator{i}", index => new ExchangeSettings { Network = "sim", Address = $"node{index}:7000" });

        foreach (var node in network.Nodes)
            Introduce(network, node);
        return network;
    }

    public static void Introduce(SimNetwork network, SimNode node) =>
        node.Core.Know(node.Clock.Now, [network.Nodes[0].Address, network.Nodes[1].Address]);

    /// <summary>Attempts of random hosts at random nodes, some of them for recipients that do not exist, spread over a stretch of time.</summary>
    public static void Traffic(SimNetwork network, Oracle oracle, Random random, int attempts, long from, long until, int hosts = 40)
    {
        for (var i = 0; i < attempts; i++)
        {
            var node = network.Nodes[random.Next(network.Nodes.Count)];
            var host = Oracle.Host(random.Next(hosts));
            var quarters = random.Next(4) == 0 ? 1u : 4u;
            var isBad = random.Next(2) == 0;
            network.At(random.NextInt64(from, until), () =>
            {
                if (node.IsUp && node.TakesMail)
                    oracle.Register(network, node, host, quarters, isBad);
            });
        }
    }

    /// <summary>Clocks up to half a minute ahead of or behind the truth.</summary>
    public static void Skew(SimNetwork network, Random random)
    {
        foreach (var node in network.Nodes)
            node.Clock.Skew = random.Next(-30_000, 30_001);
    }

    /// <summary>Crashes a node. What it counted in its last second would die with it, and with the sessions that it was counted for: so it takes no mail then.</summary>
    public static void Die(SimNetwork network, SimNode node, long at)
    {
        network.At(at - 1500, () => node.TakesMail = false);
        network.At(at, () => network.Crash(node));
    }

    /// <summary>Starts a node again.</summary>
    /// <param name="forget">Its stored counts are gone.</param>
    public static void Again(SimNetwork network, SimNode node, long at, bool forget) => network.At(at, () =>
    {
        network.Restart(node, forget);
        node.TakesMail = true;
        Introduce(network, node);
    });

    /// <summary>Has a node store its counts again and again, as nodes do.</summary>
    /// <param name="interval">Milliseconds.</param>
    public static void StoreEvery(SimNetwork network, SimNode node, int interval, long from, long until)
    {
        for (var at = from; at < until; at += interval)
        {
            network.At(at, () =>
            {
                if (node.IsUp)
                    node.Store();
            });
        }
    }
}
