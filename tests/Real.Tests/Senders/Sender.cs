using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Senders;

/// <summary>A mail program with its default settings on a machine of its own, which sends a user's mail.</summary>
internal abstract class Sender(NetworkHost host) : IAsyncDisposable
{
    public const string From = "ann@people.test";

    // Arguments: port, user and password or two empty ones, recipients.
    private const string Submission = """
        import smtplib, ssl, sys
        port, user, password = sys.argv[1:4]
        with smtplib.SMTP("127.0.0.1", int(port), timeout=60) as server:
            if user:
                context = ssl.create_default_context()
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
                server.starttls(context=context)
                server.login(user, password)
            for to in sys.argv[4:]:
                server.sendmail("ann@people.test", [to], "From: ann@people.test\r\nTo: %s\r\nSubject: to %s\r\n\r\nhello\r\n" % (to, to))
        """;

    protected NetworkHost Host { get; } = host;

    protected TemporaryFolder Folder { get; } = new();

    /// <summary>When the program tries its queue with its default settings, counted from the mail's arrival there, for five hours.</summary>
    public abstract IEnumerable<TimeSpan> Schedule { get; }

    /// <summary>Hands mail over to the program: one message for each recipient.</summary>
    public abstract Task SubmitAsync(IReadOnlyList<string> recipients);

    /// <summary>Makes the program try its queue as it does by itself at an instant of its schedule.</summary>
    public abstract Task RunQueueAsync();

    public virtual ValueTask DisposeAsync()
    {
        Folder.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Instants at a fixed interval.</summary>
    protected static IEnumerable<TimeSpan> Every(int minutes) => Enumerable.Range(1, 300 / minutes).Select(i => TimeSpan.FromMinutes(i * minutes));

    /// <summary>Submits by the sendmail command of the program.</summary>
    protected async Task SubmitByCommandAsync(IReadOnlyList<string> recipients, string program, params string[] arguments)
    {
        foreach (var to in recipients)
        {
            (await Tool.RunAsync(program, [.. arguments, to], $"From: {From}\nTo: {to}\nSubject: to {to}\n\nhello\n", Host)).Expect(0);
        }
    }

    /// <summary>Submits by SMTP on the program's own machine.</summary>
    protected async Task SubmitBySmtpAsync(IReadOnlyList<string> recipients, int port, string user = "", string password = "") =>
        (await Tool.RunAsync("python3", ["-c", Submission, $"{port}", user, password, .. recipients], host: Host)).Expect(0);

    /// <summary>Waits until a daemon listens at a port of 127.0.0.1.</summary>
    protected Task OpenAsync(RunningProcess daemon, int port) => Eventually.HoldsAsync(
        $"a daemon at port {port}",
        async () => daemon.HasExited
            ? throw new InvalidOperationException(string.Join('\n', daemon.Lines))
            : (await Tool.RunAsync("nc", ["-z", "127.0.0.1", $"{port}"], host: Host)).ExitCode == 0);
}
