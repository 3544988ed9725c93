using System.Globalization;
using System.Net;
using ThrottleNet.Real.Tests.Guard;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Senders;

/// <summary>
/// Mail programs as they come out of the box, unknown to the network, and a protected Postfix behind a relay and a guard. Five hours pass on a clock
/// that the test moves to each instant at which the program tries its queue by itself.
/// </summary>
public sealed class DefaultSenderTests
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

    // One mail goes through at once. Then the relay is away for a minute while a burst comes, and the program retries from one address of four after the other.
    private static async Task SendAsync(Func<NetworkHost, Task<Sender>> start)
    {
        using var clock = new MovedClock();
        await using var world = await GuardWorld.StartAsync(clock);
        var host = await world.AddAsync(3);
        await using var sender = await start(host);

        await sender.SubmitAsync(["first@example.test"]);
        await Eventually.HoldsAsync("the first mail", () => world.Destination.Mailbox().Count == 1);
        var session = await world.Relay.LogLineAsync("its session", l => l.State.GetValueOrDefault("Messages") == "1");
        Assert.InRange(long.Parse(session.State["HeldMs"], CultureInfo.InvariantCulture), 0, 10_000);

        await host.CutOffFromAsync(world.RelayHost);
        await sender.SubmitAsync([.. Enumerable.Range(1, Burst).Select(i => $"person{i}@example.test")]);
        await SettledAsync(host);
        await host.ReachAgainAsync(world.RelayHost);
        clock.MoveTo(TimeSpan.FromMinutes(1));

        var runs = 0;
        foreach (var instant in sender.Schedule.TakeWhile(_ => world.Destination.Mailbox().Count < 1 + Burst))
        {
            await host.CallFromAsync(Pool[++runs % Pool.Length]);
            clock.MoveTo(instant);
            await sender.RunQueueAsync();
            await SettledAsync(host);
        }

        var mails = world.Destination.Mailbox();
        Assert.Equal(1 + Burst, mails.Count);
        Assert.Equal(1 + Burst, mails.Select(m => m.Split('\n').First(l => l.StartsWith("To: ", StringComparison.Ordinal))).Distinct().Count());
        var rules = await world.RulesAsync();
        Assert.All(Pool, address => Assert.DoesNotContain(address.ToString(), rules, StringComparison.Ordinal));
    }

    // The program has come to rest: it holds no connection, several times one after the other.
    private static Task SettledAsync(NetworkHost host)
    {
        var quiet = 0;
        return Eventually.HoldsAsync("the program to come to rest", async () => (quiet = await host.IsConnectedAsync() ? 0 : quiet + 1) >= 10, TimeSpan.FromMinutes(5));
    }
}
