using System.Net;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Guard;

/// <summary>A real Postfix with a guard, a real firewall, and bypassers.</summary>
public sealed class GuardTests
{
    // The guard's log events.
    private const int Answered = 5001, Made = 5020, Dropped = 5021, LetIn = 5022, Gone = 5024;

    private const int Courtesy = 3;

    [NeedsFact(GuardWorld.Root, GuardWorld.Ip, GuardWorld.Postfix, GuardWorld.Firewall, GuardWorld.Client, GuardWorld.Authority, GuardWorld.Resolver)]
    public async Task A_bypasser_is_deferred_then_refused_then_dropped_until_it_sends_through_the_network()
    {
        await using var world = await GuardWorld.StartAsync();
        var trusted = await world.AddAsync(9);
        var bypasser = await world.AddAsync(3);
        Assert.StartsWith("250 ", await world.SendAsync(trusted), StringComparison.Ordinal);
        Assert.True(await world.ReachesAsync(bypasser));
        await BypassAsync(world, bypasser);
        Assert.StartsWith("250 ", await world.SendAsync(trusted), StringComparison.Ordinal);

        // When a guard is killed, the kernel keeps the timed elements, and the next guard reads them.
        await world.Guard.KillAsync();
        Assert.False(await world.ReachesAsync(bypasser));
        await world.StartGuardAsync();
        await world.Guard.LogLineAsync("the table", l => l.EventId == Made && l.State["Hosts"] == "1");
        Assert.False(await world.ReachesAsync(bypasser));

        // The same holds when another firewall is loaded.
        await world.FlushAsync();
        await world.Guard.LogLineAsync("the missing table", l => l.EventId == Gone);
        await Eventually.FindAsync("the table", async () => (await world.RulesAsync()).Contains("10.77.0.3", StringComparison.Ordinal) ? "yes" : null);
        Assert.False(await world.ReachesAsync(bypasser));

        // Through the relay the host's mail arrives, although the relay names it as its client. The relay delays it.
        Assert.StartsWith("250 ", await world.SendByRelayAsync(bypasser), StringComparison.Ordinal);
        await world.Guard.LogLineAsync("its mail by the relay", l => l.EventId == Answered && l.State["Block"] == "10.77.0.3" && l.State["Reason"] == "Relay");
        await world.Guard.LogLineAsync("its release", l => l.EventId == LetIn && l.State["Block"] == "10.77.0.3");
        await Eventually.FindAsync("the open port", async () => (await world.RulesAsync()).Contains("10.77.0.3", StringComparison.Ordinal) ? null : "yes");
        var slowed = await world.SendAsync(bypasser);
        Assert.StartsWith("450 4.7.1 ", slowed, StringComparison.Ordinal);
        Assert.Contains("throttle-mx.relays.test limits how much mail 10.77.0.3 sends", slowed, StringComparison.Ordinal);

        await world.Guard.StopAsync();
        Assert.Equal("", await world.RulesAsync());
        await world.Relay.StopAsync();
    }

    [NeedsFact(GuardWorld.Root, GuardWorld.Ip, GuardWorld.Postfix, GuardWorld.Firewall, GuardWorld.Client, GuardWorld.Authority, GuardWorld.Resolver)]
    public async Task Without_its_relay_a_guard_defers_strangers_and_counts_nothing()
    {
        await using var world = await GuardWorld.StartAsync();
        var (stranger, trusted) = (await world.AddAsync(3), await world.AddAsync(9));
        await world.Relay.KillAsync();
        for (var i = 0; i <= Courtesy; i++)
        {
            Assert.StartsWith("450 4.3.0 ", await world.SendAsync(stranger), StringComparison.Ordinal);
        }

        Assert.StartsWith("250 ", await world.SendAsync(trusted), StringComparison.Ordinal);
        Assert.Equal(Courtesy + 1, world.Guard.Log.Count(l => l.EventId == Answered && l.State["Answer"] == "unsure"));
        await world.Guard.StopAsync();
    }

    [NeedsFact(GuardWorld.Root, GuardWorld.Ip, GuardWorld.Firewall)]
    public async Task A_table_that_is_not_the_guards_is_reported_and_left_unchanged()
    {
        const string Theirs = "table inet filter {\n\tchain input {\n\t\ttype filter hook input priority filter; policy accept;\n\t}\n}\n";
        await using var network = await TestNetwork.CreateAsync();
        using var folder = new TemporaryFolder();
        var host = await network.AddAsync(IPAddress.Parse("10.77.0.2"));
        (await Tool.RunAsync("nft", ["-f", "-"], Theirs, host)).Expect(0);
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => NodeProcess.StartAsync(folder, host, "Guard:Listen=127.0.0.1:10040", "Guard:DropSet=filter"));
        Assert.Contains("Guard:DropSet: the table inet filter exists and is not the guard's", failure.Message, StringComparison.Ordinal);
        Assert.Equal(Theirs, (await Tool.RunAsync("nft", ["list", "ruleset"], host: host)).Expect(0).Output);
    }

    [NeedsFact(GuardWorld.Root, GuardWorld.Firewall, "setpriv")]
    public async Task A_node_without_the_right_to_change_the_firewall_reports_it_in_one_line()
    {
        using var folder = new TemporaryFolder();
        string[] node = ["dotnet", Path.Combine(AppContext.BaseDirectory, "ThrottleNet.MxNode.dll"), "run"];
        string[] settings = [$"Node:DataDirectory={folder.File("data")}", "Smtp:Listen=127.0.0.1:0", "Admin:Listen=", "Guard:Listen=127.0.0.1:0", "Guard:DropSet=throttlenet_guard"];
        var result = (await Tool.RunAsync("setpriv", ["--bounding-set", "-net_admin", .. node, .. settings.SelectMany(s => new[] { "--set", s })])).Expect(1);
        Assert.StartsWith("Guard:DropSet: the table inet throttlenet_guard cannot be made (", Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    private static async Task BypassAsync(GuardWorld world, NetworkHost bypasser)
    {
        for (var i = 0; i < Courtesy; i++)
        {
            var polite = await world.SendAsync(bypasser);
            Assert.StartsWith("450 4.7.1 ", polite, StringComparison.Ordinal);
            Assert.Contains("through throttle-mx.relays.test only", polite, StringComparison.Ordinal);
        }

        Assert.StartsWith("421 4.7.1 ", await world.SendAsync(bypasser), StringComparison.Ordinal);
        await world.Guard.LogLineAsync("the drop", l => l.EventId == Dropped && l.State["Block"] == "10.77.0.3");
        Assert.False(await world.ReachesAsync(bypasser));
    }
}
