using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.MxNode.Simulate;

/// <summary>Builds a network in the state of one that has run for a while.</summary>
internal static class SimOverlay
{
    // Four rings through all nodes in random order: a random graph in which every node has eight neighbours.
    private const int Rings = 4;

    public static SimNetwork Build(SimulationOptions options, Random random)
    {
        var network = new SimNetwork(options.Conditions, random.Next());
        var mesh = new ExchangeSettings { Network = "sim" }.MeshLimit;
        for (var i = 0; i < options.Nodes; i++)
        {
            // Nodes of a large network know from the start that it is large, as after a while.
            network.AddNode($"operator{i % options.Operators}", index => new ExchangeSettings
            {
                Network = "sim",
                Address = $"node{index}.sim:7000",
                MeshLimit = options.Nodes <= mesh ? mesh : 0,
            });
        }

        foreach (var node in network.Nodes)
            node.Clock.Skew = random.Next(-options.Skew, options.Skew + 1);
        if (options.Nodes <= mesh)
        {
            foreach (var node in network.Nodes)
                node.Core.Know(node.Clock.Now, network.Nodes.Where(n => n != node).Select(n => n.Address));
        }
        else
        {
            network.RunFor(2 * ExchangeCore.TickInterval); // after its first tick a node knows that this is no mesh
            Link(network, random);
        }

        return network;
    }

    private static void Link(SimNetwork network, Random random)
    {
        var linked = new HashSet<(int, int)>();
        var order = network.Nodes.ToArray();
        for (var ring = 0; ring < Rings; ring++)
        {
            random.Shuffle(order);
            for (var i = 0; i < order.Length; i++)
            {
                var (a, b) = (order[i], order[(i + 1) % order.Length]);
                if (linked.Add((Math.Min(a.Index, b.Index), Math.Max(a.Index, b.Index))))
                    network.Connect(a, b);
            }
        }
    }
}
