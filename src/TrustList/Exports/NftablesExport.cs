using System.Net.Sockets;

namespace ThrottleNet.TrustList.Exports;

/// <summary>
/// A script for <c>nft -f</c> that fills the sets trusted4 and trusted6 of the table inet throttlenet, made if missing,
/// in one transaction. Rules that use the sets are left alone.
/// </summary>
internal static class NftablesExport
{
    /// <summary>Elements of one command. nft parses many short commands faster than one with a million elements.</summary>
    private const int PerCommand = 1000;

    public static void Write(TrustIndex list, TextWriter output)
    {
        output.Write("# Written by ThrottleNet. Run: nft -f THIS-FILE\nadd table inet throttlenet\n");
        foreach (var (name, type) in new[] { ("trusted4", "ipv4_addr"), ("trusted6", "ipv6_addr") })
        {
            output.Write($"add set inet throttlenet {name} {{ type {type}; flags interval; }}\nflush set inet throttlenet {name}\n");
        }

        foreach (var family in list.Disjoint().GroupBy(piece => piece.Network.BaseAddress.AddressFamily))
        {
            var name = family.Key == AddressFamily.InterNetwork ? "trusted4" : "trusted6";
            foreach (var chunk in family.Chunk(PerCommand))
            {
                output.Write($"add element inet throttlenet {name} {{ {string.Join(", ", chunk.Select(piece => piece.Network))} }}\n");
            }
        }
    }
}
