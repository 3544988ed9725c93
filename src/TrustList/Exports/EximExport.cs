using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.TrustList.Exports;

/// <summary>An Exim iplsearch file (Exim specification, section 9.3): IPv6 keys in quotes, as a colon ends a key. The value is the kind.</summary>
internal static class EximExport
{
    public static void Write(TrustIndex list, TextWriter output)
    {
        output.Write("# Written by ThrottleNet. In an ACL: hosts = net-iplsearch;THIS-FILE\n");
        foreach (var (network, entry) in list.Disjoint())
        {
            var key = network.BaseAddress.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? $"{network}" : $"\"{network}\"";
            output.Write($"{key}: {Words.Of(entry.Kind)}\n");
        }
    }
}
