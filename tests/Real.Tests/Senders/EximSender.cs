using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Senders;

/// <summary>Exim with the configuration that comes with it. A queue runner starts every 30 minutes, and Exim's own retry rules say what it tries.</summary>
internal sealed class EximSender : Sender
{
    public const string Program = "exim", Example = "/opt/exim/usr/share/doc/exim4-base/examples/example.conf";

    // The configuration's place is built in; given by -C it would cost Exim its rights.
    private const string Enter = "mount --bind \"$0\" /etc/exim4 && exec \"$@\"";

    private EximSender(NetworkHost host) : base(host)
    {
    }

    public override IEnumerable<TimeSpan> Schedule => Every(30);

    public static Task<Sender> StartAsync(NetworkHost host) => StartAsync(host, router: "");

    /// <param name="router">A router that comes before all others.</param>
    public static async Task<Sender> StartAsync(NetworkHost host, string router)
    {
        var sender = new EximSender(host);
        var folder = sender.Folder;
        (await Tool.RunAsync("chown", "Debian-exim", folder.Make("spool"))).Expect(0);
        (await Tool.RunAsync("chown", "Debian-exim", folder.Make("log"))).Expect(0);
        folder.Make("etc");

        // Exim executes itself again to deliver. The library's other variables name shared memory that goes with the process before.
        folder.Write("etc/exim4.conf", $"""
            primary_hostname = sender.people.test
            spool_directory = {folder.File("spool")}
            log_file_path = {folder.File("log")}/%slog
            exim_path = /opt/exim/exim
            keep_environment = LD_PRELOAD : FAKETIME_TIMESTAMP_FILE : FAKETIME_NO_CACHE
            {(await File.ReadAllTextAsync(Example)).Replace("begin routers\n", $"begin routers\n{router}", StringComparison.Ordinal)}
            """);
        return sender;
    }

    public override Task SubmitAsync(IReadOnlyList<string> recipients) =>
        SubmitByCommandAsync(recipients, "sh", "-c", Enter, Folder.File("etc"), "/opt/exim/exim", "-f", From, "-i");

    public override async Task RunQueueAsync() => (await Tool.RunAsync("sh", ["-c", Enter, Folder.File("etc"), "/opt/exim/exim", "-q"], host: Host)).Expect(0);
}
