using System.Runtime.CompilerServices;
using ThrottleNet.MxNode.Simulate;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.Simulation.Tests.Exchange;

/// <summary>Small networks to test with. Each node has its own operator.</summary>
internal static class Networks
{
    // Nodes that are about to crash: they get no more mail, so that they have published all counts by then.
    private static readonly ConditionalWeakTable<SimNode, SimNode> Dying = [];

    /// <summary>Nodes that have the first of them as a configured peer, and find the others by themselves.</summary>
    /// <param name="faulty">Operators that may lie. A snapshot has trimmed counts of hot hosts; they are complete only with 0.</param>
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

    /// <summary>
    /// Attempts of random hosts at random nodes, spread over a time. Some are for recipients that do not exist: of one host
    /// every second, of another every ninth, so that there are counts of many and of one.
    /// </summary>
    /// <param name="side">Only at these nodes.</param>
    /// <param name="first">The number of the first host.</param>
    public static void Traffic(
        SimNetwork network, Oracle oracle, Random random, int attempts, long from, long until, int hosts = 40, Func<SimNode, bool>? side = null, int first = 0)
    {
        var nodes = network.Nodes.Where(side ?? (_ => true)).ToList();
        for (var i = 0; i < attempts; i++)
        {
            var node = nodes[random.Next(nodes.Count)];
            var number = random.Next(hosts);
            var host = Oracle.Host(first + number);
            var quarters = random.Next(4) == 0 ? 1u : 4u;
            var isBad = random.Next(2 + (number % 8)) == 0;
            network.At(random.NextInt64(from, until), () =>
            {
                if (node.IsUp && !Dying.TryGetValue(node, out _))
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

    /// <summary>Crashes a node that has published all its counts: it takes no mail in its last second.</summary>
    public static void Die(SimNetwork network, SimNode node, long at)
    {
        network.At(at - 1500, () => Dying.Add(node, node));
        network.At(at, () => network.Crash(node));
    }

    /// <summary>Starts a node again.</summary>
    /// <param name="forget">Whether its stored counts are lost.</param>
    public static void Again(SimNetwork network, SimNode node, long at, bool forget) => network.At(at, () =>
    {
        network.Restart(node, forget);
        Dying.Remove(node);
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
