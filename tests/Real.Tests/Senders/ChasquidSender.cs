using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Senders;

/// <summary>
/// chasquid with a user who submits. It tries a message again after 1, 5, 10 and then each 20 minutes, and up to one minute more, and all of
/// its queue when it starts: it has no command for that, so it is started again at each instant. Its own clock, as Go's, is the real one.
/// </summary>
internal sealed class ChasquidSender : Sender
{
    public const string Program = "chasquid", Utility = "chasquid-util", Certificates = "openssl";

    private RunningProcess _daemon = null!;

    private ChasquidSender(NetworkHost host) : base(host)
    {
    }

    public override IEnumerable<TimeSpan> Schedule => new[] { 2, 8 }.Concat(Enumerable.Range(0, 14).Select(n => 19 + (n * 21))).Select(m => TimeSpan.FromMinutes(m));

    public static async Task<Sender> StartAsync(NetworkHost host)
    {
        var sender = new ChasquidSender(host);
        var folder = sender.Folder;
        folder.Make("domains/people.test");
        folder.Make("certs/sender.people.test");
        folder.Make("data");
        (await Tool.RunAsync(
            Certificates, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=sender.people.test", "-addext", "subjectAltName=DNS:sender.people.test", "-days", "30",
            "-keyout", folder.File("certs/sender.people.test/privkey.pem"), "-out", folder.File("certs/sender.people.test/fullchain.pem"))).Expect(0);
        folder.Write("chasquid.conf", $"""
            hostname: "sender.people.test"
            smtp_address: "127.0.0.1:25"
            submission_address: "127.0.0.1:587"
            submission_over_tls_address: "127.0.0.1:465"
            data_dir: "{folder.File("data")}"
            mail_log_path: "{folder.File("mail.log")}"

            """);
        (await Tool.RunAsync(Utility, $"-C={folder.Path}", "user-add", From, "--password=secret")).Expect(0);
        await sender.RestartAsync();
        return sender;
    }

    public override Task SubmitAsync(IReadOnlyList<string> recipients) => SubmitBySmtpAsync(recipients, 587, From, "secret");

    public override Task RunQueueAsync() => RestartAsync();

    public override async ValueTask DisposeAsync()
    {
        await _daemon.DisposeAsync();
        await base.DisposeAsync();
    }

    private async Task RestartAsync()
    {
        if (_daemon is not null)
        {
            await _daemon.DisposeAsync();
        }

        _daemon = Tool.Start(Program, ["-config_dir", Folder.Path], Host);
        await OpenAsync(_daemon, 587);
    }
}
