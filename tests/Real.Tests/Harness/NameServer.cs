using System.Globalization;
using System.Net;

namespace ThrottleNet.Real.Tests.Harness;

/// <summary>
/// The DNS of a <see cref="TestNetwork"/>: nsd serves the zone files, and unbound is the
/// resolver of all machines and queries nsd.
/// </summary>
internal sealed class NameServer : IAsyncDisposable
{
    /// <summary>The programs that it needs.</summary>
    public const string Authority = "nsd", Resolver = "unbound";

    /// <summary>The first records of each zone.</summary>
    public const string StartOfAuthority = "$TTL 60\n@ SOA ns.test. hostmaster.test. 1 3600 600 86400 60\n@ NS ns.test.\n";

    private readonly TemporaryFolder _folder;
    private readonly RunningProcess _authority;
    private readonly RunningProcess _resolver;
    private readonly NetworkHost _host;
    private int _serial = 1;

    private NameServer(TemporaryFolder folder, RunningProcess authority, RunningProcess resolver, NetworkHost host) =>
        (_folder, _authority, _resolver, _host) = (folder, authority, resolver, host);

    /// <summary>Starts both programs on a machine of their own.</summary>
    /// <param name="names">The records of the zone test., as a zone file has them.</param>
    /// <param name="reverse">The records of 77.10.in-addr.arpa.</param>
    /// <param name="signed">A signed zone below test.; null for none.</param>
    public static async Task<NameServer> StartAsync(TestNetwork network, string names, string reverse, SignedZone? signed = null)
    {
        var folder = new TemporaryFolder();
        var host = await network.AddAsync(TestNetwork.ResolverAddress);
        folder.Write("test.zone", $"$ORIGIN test.\n{StartOfAuthority}ns A {host.Address}\n{names}");
        folder.Write("reverse.zone", $"$ORIGIN 77.10.in-addr.arpa.\n{StartOfAuthority}{reverse}");

        if (signed is not null)
        {
            await signed.SignAsync(folder);
        }

        var authority = Tool.Start(Authority, ["-d", "-c", folder.Write("nsd.conf", AuthorityConfiguration(folder, signed))], host);
        await authority.LineAsync("its start", l => l.Contains("nsd started", StringComparison.Ordinal));
        var resolver = Tool.Start(Resolver, ["-d", "-c", folder.Write("unbound.conf", ResolverConfiguration(host.Address, folder, signed))], host);
        await resolver.LineAsync("its start", l => l.Contains("start of service", StringComparison.Ordinal));
        return new NameServer(folder, authority, resolver, host);
    }

    /// <summary>Changes the lines of the zone test., and waits until it is served. The resolver gives the old records until their TTL is over.</summary>
    public async Task ChangeAsync(Func<string, string> change)
    {
        var file = _folder.File("test.zone");
        var (old, changed) = (string.Create(CultureInfo.InvariantCulture, $" {_serial} 3600 600 86400 60"), string.Create(CultureInfo.InvariantCulture, $" {++_serial} 3600 600 86400 60"));
        await File.WriteAllLinesAsync(file, [.. File.ReadAllLines(file).Select(change).Select(line => line.Replace(old, changed, StringComparison.Ordinal))]);
        await _authority.SignalAsync("HUP");
        await Eventually.HoldsAsync("the changed zone", async () =>
            (await Tool.RunAsync("dig", ["+short", "+time=1", "+tries=1", "-p", "5353", "@127.0.0.1", "test", "SOA"], host: _host)).Output.Contains(changed, StringComparison.Ordinal));
    }

    public async ValueTask DisposeAsync()
    {
        await _resolver.DisposeAsync();
        await _authority.DisposeAsync();
        _folder.Dispose();
    }

    private static string AuthorityConfiguration(TemporaryFolder folder, SignedZone? signed) => $"""
        server:
          ip-address: 127.0.0.1@5353
          username: ""
          zonesdir: "{folder.Path}"
          database: ""
          pidfile: "{folder.File("nsd.pid")}"
          xfrdfile: "{folder.File("xfrd.state")}"
          zonelistfile: "{folder.File("zone.list")}"
          server-count: 1
        remote-control:
          control-enable: no
        zone:
          name: "test"
          zonefile: "test.zone"
        zone:
          name: "77.10.in-addr.arpa"
          zonefile: "reverse.zone"
        {(signed is null ? "" : $"zone:\n  name: \"{signed.Name}\"\n  zonefile: \"{signed.Name}.zone\"\n")}
        """;

    // By default unbound answers for test. and 10.in-addr.arpa. itself (RFC 6303, RFC 6761).
    private static string ResolverConfiguration(IPAddress address, TemporaryFolder folder, SignedZone? signed) => $"""
        server:
          interface: {address}
          access-control: 10.77.0.0/24 allow
          username: ""
          chroot: ""
          directory: ""
          pidfile: ""
          use-syslog: no
          verbosity: 1
          num-threads: 1
          module-config: "{(signed is null ? "iterator" : "validator iterator")}"
          {(signed is null ? "" : $"trust-anchor-file: \"{folder.File($"{signed.Name}.key")}\"")}
          do-not-query-localhost: no
          local-zone: "test." nodefault
          local-zone: "10.in-addr.arpa." nodefault
        stub-zone:
          name: "test"
          stub-addr: 127.0.0.1@5353
        stub-zone:
          name: "77.10.in-addr.arpa"
          stub-addr: 127.0.0.1@5353
        {(signed is null ? "" : $"stub-zone:\n  name: \"{signed.Name}\"\n  stub-addr: 127.0.0.1@5353\n")}
        remote-control:
          control-enable: no

        """;
}
