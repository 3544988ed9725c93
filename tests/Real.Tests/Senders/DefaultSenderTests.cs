using System.Globalization;
using System.Net;
using ThrottleNet.Real.Tests.Guard;
using ThrottleNet.Real.Tests.Harness;
using Xunit.Abstractions;

namespace ThrottleNet.Real.Tests.Senders;

/// <summary>
/// Mail programs as they come out of the box, unknown to the network, and a protected Postfix behind a relay and a guard. Hours pass on a clock
/// that the test moves to each instant at which the program tries its queue by itself. The output says how long one mail took, and after how many queue runs a burst was through.
/// </summary>
public sealed class DefaultSenderTests(ITestOutputHelper output)
{
    private const int Burst = 30;

    private static readonly IPAddress[] Pool = [.. new[] { "10.77.0.3", "10.77.0.4", "10.77.0.5", "10.77.0.6" }.Select(IPAddress.Parse)];

    [NeedsFact(GuardWorld.Root, GuardWorld.Ip, GuardWorld.Postfix, GuardWorld.Firewall, GuardWorld.Authority, GuardWorld.Resolver, MovedClock.Program)]
    public Task Postfix_gets_a_burst_through() => SendAsync(PostfixSender.StartAsync);

    [NeedsFact(GuardWorld.Root, GuardWorld.Ip, GuardWorld.Postfix, GuardWorld.Firewall, GuardWorld.Authority, GuardWorld.Resolver, MovedClock.Program, EximSender.Program)]
    public Task Exim_gets_a_burst_through() => SendAsync(EximSender.StartAsync);

    [NeedsFact(GuardWorld.Root, GuardWorld.Ip, GuardWorld.Postfix, GuardWorld.Firewall, GuardWorld.Authority, GuardWorld.Resolver, MovedClock.Program, SendmailProgram.Name, SendmailSender.Macros)]
    public Task Sendmail_gets_a_burst_through() => SendAsync(SendmailSender.StartAsync);

    [NeedsFact(GuardWorld.Root, GuardWorld.Ip, GuardWorld.Postfix, GuardWorld.Firewall, GuardWorld.Authority, GuardWorld.Resolver, MovedClock.Program, DmaSender.Program)]
    public Task Dma_gets_a_burst_through() => SendAsync(DmaSender.StartAsync);

    [NeedsFact(GuardWorld.Root, GuardWorld.Ip, GuardWorld.Postfix, GuardWorld.Firewall, GuardWorld.Authority, GuardWorld.Resolver, MovedClock.Program, "smtpd", "smtpctl", "python3", "nc")]
    public Task OpenSMTPD_gets_a_burst_through() => SendAsync(OpenSmtpdSender.StartAsync);

    [NeedsFact(GuardWorld.Root, GuardWorld.Ip, GuardWorld.Postfix, GuardWorld.Firewall, GuardWorld.Authority, GuardWorld.Resolver, MovedClock.Program, "node", "npm:Haraka", "python3", "nc")]
    public Task Haraka_gets_a_burst_through() => SendAsync(HarakaSender.StartAsync);

    [NeedsFact(GuardWorld.Root, GuardWorld.Ip, GuardWorld.Postfix, GuardWorld.Firewall, GuardWorld.Authority, GuardWorld.Resolver, MovedClock.Program, ChasquidSender.Program, ChasquidSender.Utility, ChasquidSender.Certificates, "python3", "nc")]
    public Task Chasquid_gets_a_burst_through() => SendAsync(ChasquidSender.StartAsync);

    // On the real clock: a moved one shortens waits such as the greet delay.
    [NeedsFact(
        GuardWorld.Root, GuardWorld.Ip, GuardWorld.Postfix, GuardWorld.Firewall, GuardWorld.Authority, GuardWorld.Resolver, EximSender.Program, SendmailProgram.Name, SendmailSender.Macros,
        DmaSender.Program, "smtpd", "smtpctl", "node", "npm:Haraka", ChasquidSender.Program, ChasquidSender.Utility, ChasquidSender.Certificates, "python3", "nc")]
    public async Task Each_delivers_one_mail_at_its_first_attempt()
    {
        (string Name, Func<NetworkHost, Task<Sender>> Start)[] programs =
        [
            ("Postfix", PostfixSender.StartAsync), ("Exim", EximSender.StartAsync), ("sendmail", SendmailSender.StartAsync), ("dma", DmaSender.StartAsync),
            ("OpenSMTPD", OpenSmtpdSender.StartAsync), ("Haraka", HarakaSender.StartAsync), ("chasquid", ChasquidSender.StartAsync),
        ];
        await using var world = await GuardWorld.StartAsync("Smtp:GreetDelay=00:00:03");
        for (byte i = 0; i < programs.Length; i++)
        {
            var host = await world.AddAsync((byte)(10 + i));
            await using var sender = await programs[i].Start(host);
            var started = TimeProvider.System.GetTimestamp();
            await sender.SubmitAsync([$"person{i}@example.test"]);
            await Eventually.HoldsAsync($"the mail of {programs[i].Name}", () => world.Destination.Mailbox().Count == i + 1);
            var took = TimeProvider.System.GetElapsedTime(started);

            var session = await world.Relay.LogLineAsync("its session", l => l.State.GetValueOrDefault("Messages") == "1" && l.State["Block"] == host.Address.ToString());
            Assert.Equal(("forward", "1"), (session.State["Verdict"], session.State["Recipients"]));
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{programs[i].Name}: {took.TotalSeconds:F1} s from its submission to the mailbox, of which the node held it {session.State["HeldMs"]} ms and had the session for {session.State["TotalMs"]} ms"));
        }

        Assert.DoesNotContain(world.Guard.Log, l => l.State.GetValueOrDefault("Reason") is "Courtesy" or "Exhausted");
    }

    private async Task SendAsync(Func<NetworkHost, Task<Sender>> start)
    {
        using var clock = new MovedClock();
        await using var world = await GuardWorld.StartAsync(clock);
        var host = await world.AddAsync(3);
        await using var connections = await HostConnections.WatchAsync(host);
        await using var sender = await start(host);

        await sender.SubmitAsync(["first@example.test"]);
        await Eventually.HoldsAsync("the first mail", () => world.Destination.Mailbox().Count == 1);

        // While a burst comes, the relay is away for a minute. A connection that is still open would stand for as long as TCP tries to close it.
        await SettledAsync(connections);
        await host.CutOffFromAsync(world.RelayHost);
        await sender.SubmitAsync(People("away"));
        await SettledAsync(connections);
        await host.ReachAgainAsync(world.RelayHost);
        clock.MoveTo(TimeSpan.FromMinutes(1));
        var sent = await RetryAsync(world, host, connections, sender, clock, TimeSpan.Zero, 1 + Burst, [host.Address]);

        // A day later a burst comes from a pool of four addresses in turn.
        var next = sent + TimeSpan.FromDays(1);
        clock.MoveTo(next);
        await sender.SubmitAsync(People("pool"));
        await SettledAsync(connections);
        await RetryAsync(world, host, connections, sender, clock, next, 1 + (2 * Burst), Pool);

        var mails = world.Destination.Mailbox();
        Assert.Equal(1 + (2 * Burst), mails.Count);
        Assert.Equal(mails.Count, mails.Select(m => m.Split('\n').First(l => l.StartsWith("To: ", StringComparison.Ordinal))).Distinct().Count());
        var rules = await world.RulesAsync();
        Assert.All(Pool, address => Assert.DoesNotContain(address.ToString(), rules, StringComparison.Ordinal));
    }

    private static string[] People(string burst) => [.. Enumerable.Range(1, Burst).Select(i => $"{burst}{i}@example.test")];

    // Lets the program retry by its schedule until so many mails have arrived, for five hours at most. Gives the time of the last retry.
    private async Task<TimeSpan> RetryAsync(GuardWorld world, NetworkHost host, HostConnections connections, Sender sender, MovedClock clock, TimeSpan from, int mails, IPAddress[] addresses)
    {
        var (runs, at) = (0, from);
        foreach (var instant in sender.Schedule.TakeWhile(_ => world.Destination.Mailbox().Count < mails))
        {
            await host.CallFromAsync(addresses[++runs % addresses.Length]);
            clock.MoveTo(at = from + instant);
            await sender.RunQueueAsync();
            await SettledAsync(connections);
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{mails} mails after {runs} queue runs, the last one {(at - from).TotalMinutes:F0} minutes after the burst"));
        Assert.Equal(mails, world.Destination.Mailbox().Count);
        return at;
    }

    // The program has come to rest: it holds no connection, several times one after the other.
    private static Task SettledAsync(HostConnections connections)
    {
        var quiet = 0;
        return Eventually.HoldsAsync("the program to come to rest", () => (quiet = connections.Any ? 0 : quiet + 1) >= 10, TimeSpan.FromMinutes(5));
    }
}
