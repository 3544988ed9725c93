using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using MimeKit.Utils;
using ThrottleNet.Stress.Processes;

namespace ThrottleNet.Stress.Chaos;

/// <summary>A next hop that is a Postfix, which delivers into a mailbox (Maildir). Needs root.</summary>
/// <param name="endPoint">Where it listens.</param>
/// <param name="folder">Holds its configuration, queue, mailbox and log. All users must be able to enter it.</param>
/// <param name="domains">The domains whose mail it takes.</param>
internal sealed partial class PostfixHop(IPEndPoint endPoint, string folder, IEnumerable<string> domains) : IChaosHop
{
    private const string Commands = "/usr/sbin/";
    private const string Packaged = "/usr/share/postfix/";

    private static readonly string[] Queues = ["maildrop", "incoming", "active", "deferred"];
    private static readonly TimeSpan TimeToDeliver = TimeSpan.FromMinutes(10);

    /// <summary>Whether this machine has Postfix, and this process the rights that it needs.</summary>
    public static bool IsPossible => Environment.IsPrivilegedProcess && File.Exists(Commands + "postfix") && File.Exists(Packaged + "main.cf.debian");

    public IPEndPoint EndPoint => endPoint;

    private string Etc => Path.Combine(folder, "etc");

    private string Queue => Path.Combine(folder, "queue");

    private string Inbox => Path.Combine(folder, "mail", "inbox", "new");

    public async Task StartAsync()
    {
        if (!Directory.Exists(Etc))
        {
            await ConfigureAsync();
        }

        await Eventually.HoldsAsync($"Postfix to listen on {endPoint}", async () =>
        {
            await ControlAsync("start"); // fails while the processes of before are still there
            return NodeProgram.IsOpen(endPoint);
        });
    }

    public async Task KillAsync()
    {
        await SignalAsync("KILL");
        await Eventually.HoldsAsync("Postfix to end", () => !NodeProgram.IsOpen(endPoint));
    }

    public Task PauseAsync() => SignalAsync("STOP");

    public Task ResumeAsync() => SignalAsync("CONT");

    /// <summary>Postfix has no command for it, so it is stopped, which ends its connections, and started.</summary>
    public async Task CutAsync()
    {
        await ControlAsync("abort");
        await Eventually.HoldsAsync("Postfix to end", () => !NodeProgram.IsOpen(endPoint));
        await StartAsync();
    }

    /// <summary>Waits until all mail that Postfix answered 250 for is delivered.</summary>
    public async Task SettleAsync()
    {
        // Without this, Postfix tries again only after minutes.
        await Command.RunAsync(Commands + "postconf", "-c", Etc, "-e", "queue_run_delay=2s", "minimal_backoff_time=2s", "maximal_backoff_time=4s");
        await ControlAsync("reload");
        await Eventually.HoldsAsync("Postfix to deliver its queue", () => Queues.All(queue => IsEmpty(Path.Combine(Queue, queue))), TimeToDeliver);
    }

    /// <summary>A message that Postfix has delivered again after it was killed counts once: its queue file has one name.</summary>
    public IEnumerable<Arrival> Arrivals() =>
        !Directory.Exists(Inbox) ? [] : Directory.EnumerateFiles(Inbox).Select(Read).DistinctBy(message => (message.QueueId, message.Arrival.Number, message.Arrival.Attempt)).Select(message => message.Arrival);

    public async ValueTask DisposeAsync()
    {
        if (Directory.Exists(Etc))
        {
            await ControlAsync("abort");
        }
    }

    // Postfix makes a queue file executable when its message is complete; a killed Postfix leaves incomplete ones behind. A file that has gone meanwhile has
    // moved to another queue.
    private static bool IsEmpty(string queue) => !Directory.EnumerateFiles(queue, "*", SearchOption.AllDirectories)
        .Any(file => !File.Exists(file) || new FileInfo(file).UnixFileMode.HasFlag(UnixFileMode.UserExecute));

    private static (string QueueId, Arrival Arrival) Read(string file)
    {
        // Lines end with LF in a mailbox.
        var text = Encoding.Latin1.GetString(File.ReadAllBytes(file));
        var (number, attempt, isWhole) = TaggedText.Read(Encoding.Latin1.GetBytes(text.ReplaceLineEndings("\r\n")));
        var received = Received().Match(text);
        var arrival = new Arrival(number, attempt, isWhole, new DateTimeOffset(File.GetLastWriteTimeUtc(file)).ToUnixTimeMilliseconds());

        // The field has whole seconds.
        return (received.Groups[1].Value, DateUtils.TryParse(received.Groups[2].Value, out var taken) ? arrival with { TakenAt = taken.ToUnixTimeMilliseconds() } : arrival);
    }

    private async Task ConfigureAsync()
    {
        foreach (var name in new[] { "etc", "queue", "data", "mail" })
        {
            Directory.CreateDirectory(Path.Combine(folder, name));
        }

        await Command.RunAsync("chown", "postfix", Path.Combine(folder, "data"));
        await Command.RunAsync("chown", "nobody", Path.Combine(folder, "mail"));
        File.Copy(Packaged + "master.cf.dist", Path.Combine(Etc, "master.cf"));
        await File.WriteAllLinesAsync(Path.Combine(Etc, "main.cf"), [.. File.ReadLines(Packaged + "main.cf.debian"), .. Settings()]);
        var listen = string.Create(CultureInfo.InvariantCulture, $"{endPoint.Address}:{endPoint.Port}");
        foreach (var edit in new string[][] { ["-F", "*/*/chroot=n"], ["-MX", "smtp/inet"], ["-M", $"{listen}/inet={listen} inet n - n - - smtpd"] })
        {
            if (!await Command.RunAsync(Commands + "postconf", ["-c", Etc, .. edit]))
            {
                throw new InvalidOperationException($"postconf {string.Join(' ', edit)} failed");
            }
        }
    }

    private string[] Settings() =>
    [
        $"queue_directory = {Queue}",
        $"data_directory = {Path.Combine(folder, "data")}",
        $"virtual_mailbox_base = {Path.Combine(folder, "mail")}",
        $"maillog_file = {Path.Combine(folder, "mail.log")}",
        $"maillog_file_prefixes = {folder}",
        "myhostname = hop.chaos.test",
        "alias_maps =",
        $"virtual_mailbox_domains = {string.Join(' ', domains)}",
        $"virtual_mailbox_maps = inline:{{{string.Join(", ", domains.Select(d => $"@{d}=inbox/"))}}}",
        "virtual_uid_maps = static:65534",
        "virtual_gid_maps = static:65534",
        "local_header_rewrite_clients =", // texts stay as they are
        "in_flow_delay = 0",
    ];

    private Task<bool> ControlAsync(string command) => Command.RunAsync(Commands + "postfix", "-c", Etc, command);

    // The master process leads the group of all others.
    private Task<bool> SignalAsync(string signal) => Command.RunAsync("sh", "-c", $"kill -{signal} -$(($(cat {Path.Combine(Queue, "pid", "master.pid")})))");

    // Postfix's own field: the id in its queue, and the time.
    [GeneratedRegex(@"\(Postfix[^)]*\)\s+with\s+\S+\s+id\s+(\S+)[^;]*;\s+([^\n(]+)")]
    private static partial Regex Received();
}
