using System.Net;
using System.Net.Sockets;

namespace ThrottleNet.TrustList.Exports;

/// <summary>
/// A dataset for rbldnsd(8) of type combined: run it with <c>ZONE:combined:THIS-FILE</c>. It holds the test points of
/// RFC 5782, section 5. The zone's SOA and NS are the operator's, in a file beside it.
/// </summary>
internal static class RbldnsdExport
{
    public static void Write(TrustIndex list, TextWriter output)
    {
        output.Write("# Written by ThrottleNet. Run: rbldnsd ... ZONE:combined:THIS-FILE\n");
        var pieces = list.Disjoint().GroupBy(piece => piece.Network.BaseAddress.AddressFamily).ToDictionary(group => group.Key);
        foreach (var (family, type, test) in new[]
        {
            (AddressFamily.InterNetwork, "ip4trie", new IPNetwork(Dnswl.TestPoint, 32)),
            (AddressFamily.InterNetworkV6, "ip6trie", new IPNetwork(Dnswl.TestPointIPv6, 128)),
        })
        {
            output.Write($"$DATASET {type}:{type} @\n");
            Line(output, test, Dnswl.TestEntry);
            foreach (var (network, entry) in pieces.GetValueOrDefault(family) ?? Enumerable.Empty<(IPNetwork, TrustEntry)>())
            {
                Line(output, network, entry);
            }
        }
    }

    // In a text rbldnsd replaces $ by the address asked for, and $$ by a dollar sign.
    private static void Line(TextWriter output, IPNetwork network, TrustEntry entry) =>
        output.Write($"{network} :{Dnswl.Answer(entry)}:{Dnswl.Text(entry).Replace("$", "$$", StringComparison.Ordinal)}\n");
}
