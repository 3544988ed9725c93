using System.Net;
using ThrottleNet.MxNode.Hosting;
using ThrottleNet.MxNode.Storage;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.Real.Tests.Harness;
using ThrottleNet.TrustList;

namespace ThrottleNet.Real.Tests.Trust;

/// <summary>A list with nested networks, holes and edges, and its answers for addresses at and beside each edge.</summary>
internal static class Exported
{
    public static TrustIndex List { get; } = TrustIndex.Build(
    [
        Trusted("192.0.2.0/24", TrustKind.Site),
        Trusted("192.0.2.77/32", TrustKind.ListHost) with { Organisation = "Cash $ & \"Söhne\"; 100 %", RatePerHour = 500, Expires = new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero) },
        Trusted("192.0.2.200/32", TrustKind.Site) with { Standing = TrustStanding.Suspended },
        Trusted("198.51.100.7/32", TrustKind.Relay),
        Trusted("203.0.112.0/23", TrustKind.IspSmarthost),
        Trusted("2001:db8::/32", TrustKind.Site),
        Trusted("2001:db8:bad::/48", TrustKind.Site) with { Standing = TrustStanding.Revoked },
        Trusted("2001:db8:bad:1::1/128", TrustKind.ListHost),
        Trusted("2a00:1::/64", TrustKind.ListHost),
    ]);

    public static IReadOnlyList<IPAddress> Questions { get; } = Array.ConvertAll(
        [
            "192.0.1.255", "192.0.2.0", "192.0.2.76", "192.0.2.77", "192.0.2.78", "192.0.2.199", "192.0.2.200", "192.0.2.201", "192.0.2.255",
            "192.0.3.0", "198.51.100.6", "198.51.100.7", "198.51.100.8", "203.0.111.255", "203.0.112.0", "203.0.113.255", "203.0.114.0",
            "10.0.0.1", "255.255.255.255", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8::", "2001:db8:bac:ffff::", "2001:db8:bad::",
            "2001:db8:bad:1::1", "2001:db8:bad:1::2", "2001:db8:bae::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::", "2a00:1::",
            "2a00:1::ffff:ffff:ffff:ffff", "2a00:1:0:1::", "fe80::1",
        ],
        IPAddress.Parse);

    /// <summary>The list in a format, as a file.</summary>
    public static string Write(TemporaryFolder folder, string format)
    {
        var path = folder.File($"trusted.{format}");
        AtomicFile.Write(path, stream => ExportWriter.Write(format, List, stream));
        return path;
    }

    /// <summary>Asserts that a program answers each question as the list itself does.</summary>
    public static void Compare(IReadOnlyDictionary<IPAddress, bool> answers) =>
        Assert.Equal(Questions.Where(address => List.TryFind(address, out _)), Questions.Where(address => answers[address]));

    private static TrustEntry Trusted(string network, TrustKind kind) => new() { Network = IPNetwork.Parse(network), Kind = kind, Organisation = "Example e.V." };
}
