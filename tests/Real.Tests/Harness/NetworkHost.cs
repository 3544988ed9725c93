using System.Net;

namespace ThrottleNet.Real.Tests.Harness;

/// <summary>One machine of a <see cref="TestNetwork"/>: an address, all ports, a resolver of its own.</summary>
internal sealed class NetworkHost(string space, string resolvConf, IPAddress address)
{
    public IPAddress Address { get; } = address;

    /// <summary>The arguments of nsenter that run a program on this machine, as the process that nsenter was.</summary>
    public IReadOnlyList<string> Enter(string program, IEnumerable<string> arguments) =>
    [
        $"--net=/run/netns/{space}", "unshare", "--mount",
        "sh", "-c", "mount --bind \"$0\" /etc/resolv.conf && exec \"$@\"", resolvConf, program, .. arguments,
    ];

    /// <summary>Blocks all packets to <paramref name="other"/> from now on: connections fail at once with "no route to host".</summary>
    public async Task CutOffFromAsync(NetworkHost other) =>
        (await Tool.RunAsync("ip", "-n", space, "route", "add", "unreachable", $"{other.Address}/32")).Expect(0);
}
