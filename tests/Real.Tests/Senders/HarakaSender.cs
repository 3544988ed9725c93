using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Senders;

/// <summary>Haraka as it installs itself, with relaying for its own machine. The n-th retry comes 2^(n+5) s after the one before.</summary>
internal sealed class HarakaSender : Sender
{
    private static readonly string Program = Path.Combine(Needs.ScriptFolder, "node_modules/Haraka/bin/haraka");

    private RunningProcess _daemon = null!;

    private HarakaSender(NetworkHost host) : base(host)
    {
    }

    public override IEnumerable<TimeSpan> Schedule
    {
        get
        {
            for (int n = 1, at = 64; at <= 18_000; at += 1 << (++n + 5))
            {
                yield return TimeSpan.FromSeconds(at);
            }
        }
    }

    public static async Task<Sender> StartAsync(NetworkHost host)
    {
        var sender = new HarakaSender(host);
        var folder = sender.Folder;
        (await Tool.RunAsync("node", Program, "-i", folder.Path)).Expect(0);
        folder.Write("config/smtp.ini", "listen=127.0.0.1:25\n");
        folder.Write("config/me", "sender.people.test\n");
        folder.Write("config/plugins", "relay\nrcpt_to.in_host_list\n");
        folder.Write("config/relay.ini", "[relay]\nacl=true\n");
        folder.Write("config/relay_acl_allow", "127.0.0.1/32\n");
        sender._daemon = Tool.Start("node", [Program, "-c", folder.Path], host);
        await sender.OpenAsync(sender._daemon, 25);
        return sender;
    }

    public override Task SubmitAsync(IReadOnlyList<string> recipients) => SubmitBySmtpAsync(recipients, 25);

    public override async Task RunQueueAsync() => (await Tool.RunAsync("node", [Program, "-c", Folder.Path, "--qunstick"], host: Host)).Expect(0);

    public override async ValueTask DisposeAsync()
    {
        await _daemon.DisposeAsync();
        await base.DisposeAsync();
    }
}
