using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Senders;

/// <summary>DragonFly mail agent. cron runs "dma -q" every five minutes; between these runs its processes sleep, for five minutes at least.</summary>
internal sealed class DmaSender : Sender
{
    public const string Program = "dma";

    private const string Enter = "mount --bind \"$0\" /var/spool/dma && exec \"$@\"";

    private DmaSender(NetworkHost host) : base(host)
    {
    }

    public override IEnumerable<TimeSpan> Schedule => Every(5);

    public static async Task<Sender> StartAsync(NetworkHost host)
    {
        var sender = new DmaSender(host);
        (await Tool.RunAsync("chown", "mail:mail", sender.Folder.Make("spool"))).Expect(0);
        return sender;
    }

    public override Task SubmitAsync(IReadOnlyList<string> recipients) =>
        SubmitByCommandAsync(recipients, "sh", "-c", Enter, Folder.File("spool"), Needs.FindProgram(Program)!, "-f", From);

    // A process that sleeps looks at the flush mark every 30 s of its own time, which a moved clock does not shorten: the queue run takes its place.
    public override async Task RunQueueAsync()
    {
        await Host.KillAsync("/dma");
        (await Tool.RunAsync("sh", ["-c", Enter, Folder.File("spool"), Needs.FindProgram(Program)!, "-q"], host: Host)).Expect(0);
    }

    public override async ValueTask DisposeAsync()
    {
        await Host.KillAsync("/dma");
        await base.DisposeAsync();
    }
}
