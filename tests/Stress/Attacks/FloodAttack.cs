using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace ThrottleNet.Stress.Attacks;

/// <summary>
/// Hosts of one block, never seen before, that send at once. A front that the node takes for a proxy names their addresses (the PROXY protocol).
/// </summary>
/// <param name="Name">What the hosts are.</param>
/// <param name="Hosts">How many.</param>
/// <param name="Each">Messages of each.</param>
/// <param name="Aim">How many messages may pass.</param>
/// <param name="FirstWeek">How many times as many may pass at a node in its first week.</param>
/// <param name="Address">The address of a host by its number.</param>
internal sealed record FloodAttack(string Name, int Hosts, int Each, int Aim, int FirstWeek, Func<int, IPAddress> Address)
{
    private const int AtATime = 100;
    private const int SiteFirstWeek = 10;
    private const int RegionFirstWeek = 40;

    /// <summary>How many messages may pass at a node in its first week.</summary>
    public int AimOfFirstWeek => Aim * FirstWeek;

    /// <summary>Attempts of one /48: the newcomers of a site.</summary>
    public static FloodAttack OneSite6 { get; } = new("one /48: 8,000 /64 x 1", 8000, 1, 400, SiteFirstWeek, i => IPAddress.Parse(Text($"2001:db8:0:{i:x}::1")));

    /// <summary>Attempts of one /32: the newcomers of a region.</summary>
    public static FloodAttack OneRegion6 { get; } = new("one /32: 2,000 /48 x 10", 2000, 10, 3000, RegionFirstWeek, i => IPAddress.Parse(Text($"2001:db8:{i:x}::1")));

    /// <summary>Attempts of one /24.</summary>
    public static FloodAttack OneSite { get; } = new("one /24: 254 x 10", 254, 10, 400, SiteFirstWeek, i => new([198, 51, 100, (byte)(1 + i)]));

    /// <summary>Attempts of one /16.</summary>
    public static FloodAttack OneRegion { get; } = new("one /16: 2,000 x 5", 2000, 5, 3000, RegionFirstWeek, i => new([198, 51, (byte)(i / 8), (byte)(1 + (i % 8))]));

    /// <summary>All of them.</summary>
    public static IReadOnlyList<FloodAttack> All { get; } = [OneSite6, OneRegion6, OneSite, OneRegion];

    /// <summary>Floods a node that has never seen a host.</summary>
    /// <param name="isWarm">Whether the node limits newcomers from its start on (<c>Throttle:WarmUp</c> is 0), or is in its first week.</param>
    public async Task<(int Passed, TimeSpan Elapsed)> RunAsync(bool isWarm)
    {
        // No delay gives the hosts as many attempts in as little time as there can be.
        await using var node = await AttackedNode.StartAsync(c =>
        {
            c["Smtp"]!["GreetDelay"] = "00:00:00";
            c["Smtp"]!["ProxyFrom"] = new JsonArray("127.0.0.1/32");
            c["Throttle"] = new JsonObject { ["Hold"] = "00:00:00", ["MaxDelay"] = "00:00:00", ["WarmUp"] = isWarm ? "00:00:00" : "7.00:00:00" };
        });
        var began = TimeProvider.System.GetTimestamp();
        var passed = 0;
        await Parallel.ForAsync(0, Hosts, new ParallelOptions { MaxDegreeOfParallelism = AtATime }, async (host, _) =>
            Interlocked.Add(ref passed, await SendAsync(node.EndPoint, Address(host))));
        return (passed, TimeProvider.System.GetElapsedTime(began));
    }

    // The messages that were accepted.
    private async Task<int> SendAsync(IPEndPoint node, IPAddress from)
    {
        var passed = 0;
        try
        {
            await using var client = await RawClient.ConnectAsync(node);
            var family = from.AddressFamily == AddressFamily.InterNetworkV6 ? "TCP6" : "TCP4";
            var to = from.AddressFamily == AddressFamily.InterNetworkV6 ? "2001:db8:ffff::1" : "203.0.113.1";
            await client.SendAsync(Text($"PROXY {family} {from} {to} 40000 25\r\n"));
            await client.ReplyAsync();
            await client.AskAsync("EHLO flood.test");
            for (var message = 0; message < Each; message++)
            {
                await client.AskAsync("MAIL FROM:<win@flood.test>");
                if (await client.AskAsync(Text($"RCPT TO:<reader{message}@{AttackedNode.Domain}>")) is { } reply && reply.StartsWith('2')
                    && await client.AskAsync("DATA") is not null && await client.AskAsync("Subject: win\r\n\r\nwin\r\n.") is { } answer)
                {
                    passed += answer.StartsWith('2') ? 1 : 0;
                }
                else
                {
                    await client.AskAsync("RSET");
                }
            }
        }
        catch (Exception e) when (e is IOException or SocketException or TimeoutException)
        {
            // The node has closed the connection.
        }

        return passed;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
