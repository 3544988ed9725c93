using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Senders;

/// <summary>OpenSMTPD with the configuration that comes with it. The n-th retry comes 400 s × n² after the mail's arrival.</summary>
internal sealed class OpenSmtpdSender : Sender
{
    private const string Configuration = "/opt/opensmtpd/etc/smtpd.conf";

    private readonly RunningProcess _daemon;

    private OpenSmtpdSender(NetworkHost host) : base(host)
    {
        Folder.Write("aliases", "");
        var text = File.ReadAllText(Configuration).Replace("/etc/aliases", Folder.File("aliases"), StringComparison.Ordinal);
        _daemon = OpenSmtpd.Start(Folder, Folder.Write("smtpd.conf", text), host);
    }

    public override IEnumerable<TimeSpan> Schedule => Enumerable.Range(1, 6).Select(n => TimeSpan.FromSeconds(400 * n * n));

    private int Attempts => _daemon.Lines.Count(l => l.Contains(" mta delivery ", StringComparison.Ordinal) || l.Contains(" mta error ", StringComparison.Ordinal));

    public static async Task<Sender> StartAsync(NetworkHost host)
    {
        var sender = new OpenSmtpdSender(host);
        await sender.OpenAsync(sender._daemon, 25);
        return sender;
    }

    public override Task SubmitAsync(IReadOnlyList<string> recipients) => SubmitBySmtpAsync(recipients, 25);

    // For some seconds it does not call a host again that could not be reached. A moved clock does not shorten them.
    public override async Task RunQueueAsync()
    {
        var routes = await ControlAsync("show", "routes");
        foreach (var route in routes.Where(l => l.Contains(" D", StringComparison.Ordinal) || l.Contains(" ND", StringComparison.Ordinal)))
        {
            await ControlAsync("resume", "route", route[..route.IndexOf('.', StringComparison.Ordinal)]);
        }

        var before = Attempts;
        await ControlAsync("schedule", "all");
        await Eventually.HoldsAsync("an attempt", async () => Attempts > before || (await ControlAsync("show", "queue")).Length == 0);
    }

    private async Task<string[]> ControlAsync(params string[] arguments) =>
        (await OpenSmtpd.RunAsync(Folder, Host, ["smtpctl", .. arguments])).Expect(0).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public override async ValueTask DisposeAsync()
    {
        await _daemon.DisposeAsync();
        await base.DisposeAsync();
    }
}
