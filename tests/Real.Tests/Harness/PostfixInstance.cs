using System.Net;

namespace ThrottleNet.Real.Tests.Harness;

/// <summary>A Postfix whose configuration, queue and log are in a temporary folder. Needs root.</summary>
internal sealed class PostfixInstance : IAsyncDisposable
{
    /// <summary>Among the settings of a destination: postscreen answers at port 25 (POSTSCREEN_README).</summary>
    public const string Postscreen = "postscreen";

    private readonly TemporaryFolder _folder;
    private readonly NetworkHost? _host;

    private PostfixInstance(TemporaryFolder folder, NetworkHost? host) => (_folder, _host) = (folder, host);

    private string Configuration => _folder.File("etc");

    private string Inbox => _folder.File("mail/inbox/new");

    /// <summary>The log so far.</summary>
    public IReadOnlyList<string> Log => File.Exists(_folder.File("mail.log")) ? File.ReadAllLines(_folder.File("mail.log")) : [];

    /// <summary>Starts a Postfix that sends its users' mail, with the packager's configuration. Tests submit mail with <see cref="SubmitAsync"/>.</summary>
    public static Task<PostfixInstance> StartSenderAsync(NetworkHost host, string hostName, params string[] settings) =>
        StartAsync(host, hostName, settings, listens: false);

    /// <summary>A server that delivers mail for one user, or for all of "@domain", to a mailbox, and accepts XCLIENT from <paramref name="relay"/>.</summary>
    /// <param name="guard">Where it asks its guard, as address:port; null for none.</param>
    public static Task<PostfixInstance> StartDestinationAsync(NetworkHost host, string hostName, string user, IPAddress relay, string? guard = null, params string[] settings) => StartAsync(
        host,
        hostName,
        [
            $"virtual_mailbox_domains = {user.Split('@')[1]}",
            $"virtual_mailbox_maps = inline:{{{user}=inbox/}}",
            "virtual_uid_maps = static:65534",
            "virtual_gid_maps = static:65534",
            $"smtpd_authorized_xclient_hosts = {relay}",
            .. guard is null ? [] : new[] { $"smtpd_client_restrictions = permit_mynetworks, permit_sasl_authenticated, check_policy_service inet:{guard}" },
            .. settings.Where(s => s != Postscreen),
        ],
        listens: true,
        postscreen: settings.Contains(Postscreen));

    /// <summary>A Postfix on this machine that listens on port 25 of one loopback address, takes mail for all of a domain, and delivers it into a mailbox.</summary>
    public static Task<PostfixInstance> StartBesideAsync(IPAddress address, string hostName, string domain, params string[] settings) => StartAsync(
        null,
        hostName,
        [
            $"virtual_mailbox_domains = {domain}",
            $"virtual_mailbox_maps = inline:{{@{domain}=inbox/}}",
            "virtual_uid_maps = static:65534",
            "virtual_gid_maps = static:65534",
            .. settings,
        ],
        listens: false,
        address: address);

    /// <summary>Submits a message with the sendmail command.</summary>
    public async Task SubmitAsync(string from, string to, string message) =>
        (await Tool.RunAsync("sendmail", ["-C", Configuration, "-f", from, "-i", "--", to], message, _host)).Expect(0);

    /// <summary>Makes Postfix read its settings and certificates again.</summary>
    public async Task ReloadAsync()
    {
        var before = Log.Count;
        (await Tool.RunAsync("postfix", ["-c", Configuration, "reload"], host: _host)).Expect(0);
        await Eventually.HoldsAsync("the reload", () => Log.Skip(before).Any(l => l.Contains("reload", StringComparison.Ordinal)));
    }

    /// <summary>Makes Postfix try its queue now.</summary>
    public async Task FlushAsync() => (await Tool.RunAsync("postqueue", "-c", Configuration, "-f")).Expect(0);

    /// <summary>The recipients still in the queue, as JSON objects, one a message.</summary>
    public async Task<IReadOnlyList<string>> QueueAsync() =>
        (await Tool.RunAsync("postqueue", "-c", Configuration, "-j")).Expect(0).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The messages that have been delivered into the mailbox, lines ending with LF as they do there.</summary>
    public IReadOnlyList<string> Mailbox() =>
        Directory.Exists(Inbox) ? [.. Directory.GetFiles(Inbox).Order(StringComparer.Ordinal).Select(File.ReadAllText)] : [];

    /// <summary>Waits for a line of its log.</summary>
    public Task<string> LogLineAsync(string what, Func<string, bool> matches) =>
        Eventually.FindAsync($"{what} in Postfix's log", () => Task.FromResult(Log.FirstOrDefault(matches)));

    public async ValueTask DisposeAsync()
    {
        await Tool.RunAsync("postfix", "-c", Configuration, "stop");
        _folder.Dispose();
    }

    private static async Task<PostfixInstance> StartAsync(NetworkHost? host, string hostName, IEnumerable<string> settings, bool listens, bool postscreen = false, IPAddress? address = null)
    {
        var folder = new TemporaryFolder();
        var etc = folder.Make("etc");
        folder.Make("queue");
        (await Tool.RunAsync("chown", "postfix", folder.Make("data"))).Expect(0);
        (await Tool.RunAsync("chown", "nobody", folder.Make("mail"))).Expect(0);
        File.Copy("/usr/share/postfix/master.cf.dist", Path.Combine(etc, "master.cf"));
        await File.WriteAllLinesAsync(Path.Combine(etc, "main.cf"), [.. File.ReadLines("/usr/share/postfix/main.cf.debian"), .. Place(folder, hostName), .. settings]);

        // No chroot: it would need copies of system files, and the machine's namespace isolates enough.
        (await Tool.RunAsync("postconf", "-c", etc, "-F", "*/*/chroot=n")).Expect(0);
        if (!listens)
        {
            (await Tool.RunAsync("postconf", "-c", etc, "-MX", "smtp/inet")).Expect(0);
        }

        // inet_interfaces takes addresses that an interface has; the services file takes any of 127.0.0.0/8.
        if (address is not null)
        {
            (await Tool.RunAsync("postconf", "-c", etc, "-M", $"{address}:25/inet={address}:25 inet n - n - - smtpd")).Expect(0);
        }

        if (postscreen)
        {
            (await Tool.RunAsync("postconf", "-c", etc, "-M", "smtp/inet=smtp inet n - n - 1 postscreen", "smtpd/pass=smtpd pass - - n - - smtpd")).Expect(0);
        }

        var postfix = new PostfixInstance(folder, host);
        (await Tool.RunAsync("postfix", ["-c", etc, "start"], host: host)).Expect(0);
        await postfix.LogLineAsync("its start", l => l.Contains("daemon started", StringComparison.Ordinal));
        return postfix;
    }

    private static string[] Place(TemporaryFolder folder, string hostName) =>
    [
        $"queue_directory = {folder.File("queue")}",
        $"data_directory = {folder.File("data")}",
        $"virtual_mailbox_base = {folder.File("mail")}",
        $"maillog_file = {folder.File("mail.log")}",
        $"maillog_file_prefixes = {folder.Path}",
        $"myhostname = {hostName}",
        "alias_maps =",
    ];
}
