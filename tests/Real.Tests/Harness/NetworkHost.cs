using System.Net;

namespace ThrottleNet.Real.Tests.Harness;

/// <summary>One machine of a <see cref="TestNetwork"/>: an address, all ports, a resolver of its own.</summary>
internal sealed class NetworkHost(string space, string resolvConf, IPAddress address)
{
    public IPAddress Address { get; } = address;

    /// <summary>The name of its network namespace.</summary>
    public string Space { get; } = space;

    /// <summary>The arguments of nsenter that run a program on this machine, as the process that nsenter was.</summary>
    public IReadOnlyList<string> Enter(string program, IEnumerable<string> arguments) =>
    [
        $"--net=/run/netns/{Space}", "unshare", "--mount",
        "sh", "-c", "mount --bind \"$0\" /etc/resolv.conf && exec \"$@\"", resolvConf, program, .. arguments,
    ];

    /// <summary>Blocks all packets to <paramref name="other"/> from now on: connections fail at once with "no route to host".</summary>
    public async Task CutOffFromAsync(NetworkHost other) =>
        (await Tool.RunAsync("ip", "-n", Space, "route", "add", "unreachable", $"{other.Address}/32")).Expect(0);
}
