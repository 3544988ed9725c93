using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Senders;

/// <summary>sendmail with Debian's configuration. It runs its queue every 10 minutes, and remembers for 30 minutes which hosts were down.</summary>
internal sealed class SendmailSender : Sender
{
    public const string Macros = "m4";

    private const string Folders = "/opt/sendmail/usr/share/sendmail/cf";
    private const string Enter = "echo sender.people.test > /proc/sys/kernel/hostname && exec \"$@\"";

    private readonly string[] _command;

    private SendmailSender(NetworkHost host) : base(host) =>
        _command = ["unshare", "--uts", "sh", "-c", Enter, "sh", Needs.FindProgram(SendmailProgram.Name)!, $"-C{Folder.File("sendmail.cf")}"];

    public override IEnumerable<TimeSpan> Schedule => Every(10);

    public static Task<Sender> StartAsync(NetworkHost host) => StartAsync(host, feature: "");

    /// <param name="feature">A line of the .mc file.</param>
    public static async Task<Sender> StartAsync(NetworkHost host, string feature)
    {
        var sender = new SendmailSender(host);
        var folder = sender.Folder;
        folder.Make("mail");
        folder.Make("state/host_status");
        folder.Make("run");
        File.SetUnixFileMode(folder.Make("queue"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        folder.Write("state/sendmail.st", "");

        // Its folders are moved, and its users and the files that hold nothing are left out.
        var macros = (await File.ReadAllTextAsync($"{Folders}/debian/sendmail.mc")).Split("\nMAILER_DEFINITIONS\n", 2);
        var made = await Tool.RunAsync("m4", $"-D_CF_DIR_={Folders}/", $"{Folders}/m4/cf.m4", folder.Write("sendmail.mc", $"{macros[0]}\n{feature}\nMAILER_DEFINITIONS\n{macros[1]}"));
        folder.Write("sendmail.cf", string.Join('\n', made.Output.Split('\n')
            .Where(l => !l.StartsWith("Fw", StringComparison.Ordinal) && !l.StartsWith("FR", StringComparison.Ordinal) && !l.StartsWith("O AliasFile", StringComparison.Ordinal) && !l.StartsWith("O HelpFile", StringComparison.Ordinal))
            .Select(l => l.StartsWith("O TrustedUser", StringComparison.Ordinal) ? "O TrustedUser=root" : l)
            .Select(l => l.Replace("Kaccess hash ", "Kaccess hash -o ", StringComparison.Ordinal))
            .Select(l => l.Replace("/etc/mail/", folder.File("mail/"), StringComparison.Ordinal).Replace("/var/lib/sendmail", folder.File("state"), StringComparison.Ordinal)
                .Replace("/var/spool/mqueue", folder.File("queue"), StringComparison.Ordinal).Replace("/var/run/sendmail/mta", folder.File("run"), StringComparison.Ordinal))
            .Append("O DontBlameSendmail=MapInUnsafeDirPath")
            .Append("O QueueLA=1000") // else it delivers nothing while this machine is busy with other tests
            .Append("O RefuseLA=1000")
            .Append("")));
        return sender;
    }

    public override Task SubmitAsync(IReadOnlyList<string> recipients) => SubmitByCommandAsync(recipients, _command[0], [.. _command[1..], "-f", From, "-i"]);

    public override async Task RunQueueAsync() => (await Tool.RunAsync(_command[0], [.. _command[1..], "-q"], host: Host)).Expect(0);
}
