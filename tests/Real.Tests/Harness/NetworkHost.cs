using System.Globalization;
using System.Net;

namespace ThrottleNet.Real.Tests.Harness;

/// <summary>One machine of a <see cref="TestNetwork"/>: an address, all ports, a resolver of its own.</summary>
internal sealed class NetworkHost(string space, string resolvConf, IPAddress address, MovedClock? clock = null)
{
    private int _further;

    public IPAddress Address { get; } = address;

    /// <summary>The name of its network namespace.</summary>
    public string Space { get; } = space;

    /// <summary>The arguments of nsenter that run a program on this machine, as the process that nsenter was.</summary>
    public IReadOnlyList<string> Enter(string program, IEnumerable<string> arguments) =>
    [
        $"--net=/run/netns/{Space}", "unshare", "--mount",
        "sh", "-c", "mount --bind \"$0\" /etc/resolv.conf && exec \"$@\"", resolvConf, .. clock is null ? [] : new[] { "env" }.Concat(clock.Variables), program, .. arguments,
    ];

    /// <summary>Blocks all packets to <paramref name="other"/> from now on: connections fail at once with "no route to host".</summary>
    public async Task CutOffFromAsync(NetworkHost other) =>
        (await Tool.RunAsync("ip", "-n", Space, "route", "add", "unreachable", $"{other.Address}/32")).Expect(0);

    /// <summary>Ends <see cref="CutOffFromAsync"/>.</summary>
    public async Task ReachAgainAsync(NetworkHost other) =>
        (await Tool.RunAsync("ip", "-n", Space, "route", "del", "unreachable", $"{other.Address}/32")).Expect(0);

    /// <summary>Connections go out from that address from now on.</summary>
    public async Task CallFromAsync(IPAddress address)
    {
        if (!address.Equals(Address))
        {
            (await Tool.RunAsync("ip", "-n", Space, "addr", "replace", $"{address}/24", "dev", "eth0")).Expect(0);
        }

        (await Tool.RunAsync("ip", "-n", Space, "route", "replace", "10.77.0.0/24", "dev", "eth0", "proto", "kernel", "scope", "link", "src", address.ToString())).Expect(0);
    }

    /// <summary>A further address of this machine, which it had never before.</summary>
    public async Task<IPAddress> NewAddressAsync()
    {
        var address = IPAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"172.{16 + _further++}.0.66"));
        (await Tool.RunAsync("ip", ["addr", "add", $"{address}/32", "dev", "eth0"], host: this)).Expect(0);
        return address;
    }

    /// <summary>Ends the programs of this machine that a pattern of pgrep matches.</summary>
    public Task KillAsync(string pattern) => Tool.RunAsync("sh", "-c", $"for p in $(ip netns pids {Space}); do grep -qa -- '{pattern}' /proc/$p/cmdline && kill -KILL $p; done; true");
}
