using System.Globalization;
using System.Text;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.MxNode.Guard;

/// <summary>
/// The guard's scripts for nft(8). The table has a set for each address family, and a chain that drops the first packet of each connection
/// from a host in one of them; open connections end by Postfix's 421. An IPv6 host is a subnet: the set holds the first address of its /64.
/// </summary>
internal sealed class NftScript(string table, IReadOnlyList<int> ports)
{
    /// <summary>The comment of the guard's rules. It distinguishes the guard's table from others.</summary>
    public const string Mark = "ThrottleNet guard";

    private const string Subnet = "ffff:ffff:ffff:ffff::";

    public string List { get; } = $"list chain inet {table} input\n";

    public string ListTable { get; } = $"list table inet {table}\n";

    public string Delete { get; } = $"add table inet {table}\ndelete table inet {table}\n";

    /// <summary>Replaces the table by one with these hosts, in one transaction.</summary>
    public string Make(IReadOnlyList<DroppedHost> hosts, DateTimeOffset now)
    {
        var first = $"tcp dport {{ {string.Join(", ", ports)} }} tcp flags & (fin | syn | rst | ack) == syn";
        return $$"""
            {{Delete}}table inet {{table}} {
              set drop4 { type ipv4_addr; flags timeout; size {{2 * DropTable.Capacity}}; }
              set drop6 { type ipv6_addr; flags timeout; size {{2 * DropTable.Capacity}}; }
              chain input {
                type filter hook input priority filter - 10; policy accept;
                {{first}} ip saddr @drop4 counter drop comment "{{Mark}}"
                {{first}} ip6 saddr & {{Subnet}} @drop6 counter drop comment "{{Mark}}"
              }
            }
            {{Change(hosts, [], now)}}
            """;
    }

    /// <summary>Adds and removes hosts, in one transaction.</summary>
    public string Change(IReadOnlyList<DroppedHost> added, IReadOnlyList<IpBlock> removed, DateTimeOffset now)
    {
        var script = new StringBuilder();
        foreach (var block in removed)
        {
            // The element may have timed out, and deleting a missing element fails; so it is added first.
            script.Append(CultureInfo.InvariantCulture, $"add element inet {table} {Element(block)}\ndelete element inet {table} {Element(block)}\n");
        }

        foreach (var host in added)
        {
            var seconds = Math.Max(1, (long)Math.Ceiling((host.Until - now).TotalSeconds));
            script.Append(CultureInfo.InvariantCulture, $"add element inet {table} {Element(host.Block, $" timeout {seconds}s")}\n");
        }

        return script.ToString();
    }

    private static string Element(IpBlock block, string timeout = "") => $"{(block.IsIPv4 ? "drop4" : "drop6")} {{ {block.ToNetwork().BaseAddress}{timeout} }}";
}
