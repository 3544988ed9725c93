using System.Globalization;
using System.Net;
using System.Net.Sockets;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.Protocol.Dns;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Content;

/// <summary>An independent filter on a Unix socket, with the test's configuration. It can be killed, stopped and started again.</summary>
internal sealed class RealFilter : IAsyncDisposable
{
    private const string SocketName = "milter.sock";

    private readonly TemporaryFolder _folder;
    private readonly DnsListener? _dns;
    private readonly Func<Task<RunningProcess>> _start;
    private readonly RunningProcess? _helper;
    private RunningProcess _process = null!;

    private RealFilter(TemporaryFolder folder, Func<Task<RunningProcess>> start, RunningProcess? helper, DnsListener? dns) =>
        (_folder, _start, _helper, _dns) = (folder, start, helper, dns);

    private string Socket => _folder.File(SocketName);

    /// <summary>As in Content:Milters, and as in Postfix's smtpd_milters.</summary>
    public string Address => $"unix:{Socket}";

    /// <summary>rspamd with its own test patterns (GTUBE), a virus scanner if there is one, and the headers of its module milter_headers.</summary>
    /// <param name="clamd">clamd's socket file; null for none.</param>
    public static async Task<RealFilter> RspamdAsync(string? clamd = null)
    {
        var folder = new TemporaryFolder();
        folder.Write("tld.dat", "com\ntest\n");
        var virus = clamd is null ? "" : $$"""
            antivirus { clamav { type = "clamav"; servers = "{{clamd}}"; symbol = "CLAM_VIRUS"; action = "reject"; scan_mime_parts = false; message = "infected with ${VIRUS}"; } }
            """;
        var file = folder.Write("rspamd.conf", $$"""
            options {
              pidfile = "{{folder.File("pid")}}"; tempdir = "{{folder.Path}}"; cache_file = "{{folder.File("symbols")}}"; hs_cache_dir = "{{folder.Path}}"; maps_cache_dir = "{{folder.Path}}";
              url_tld = "{{folder.File("tld.dat")}}"; enable_test_patterns = true; filters = "";
              dns { nameserver = ["127.0.0.1:1:1"]; timeout = 0.1s; retransmits = 1; }
            }
            logging { type = "console"; level = "info"; color = false; }
            actions { reject = 15; add_header = 6; greylist = null; }
            modules { path = "/usr/share/rspamd/plugins/antivirus.lua"; path = "/usr/share/rspamd/plugins/milter_headers.lua"; }
            milter_headers { use = ["x-spamd-result"]; skip_local = false; }
            {{virus}}
            worker "rspamd_proxy" {
              bind_socket = "{{folder.File(SocketName)}} mode=0666"; count = 1; milter = yes; timeout = 10s;
              upstream "local" { default = yes; self_scan = yes; }
            }
            """);
        return await StartAsync(folder, () => Task.FromResult(Tool.Start("rspamd", ["-f", "-i", "-c", file])));
    }

    /// <summary>clamav-milter that rejects what clamd knows: the EICAR test file.</summary>
    public static async Task<RealFilter> ClamavAsync()
    {
        var folder = new TemporaryFolder();
        var helper = await ClamdAsync(folder);
        var file = folder.Write("milter.conf", $"""
            Foreground yes
            MilterSocket unix:{folder.File(SocketName)}
            MilterSocketMode 666
            ClamdSocket unix:{ClamdSocket(folder)}
            OnClean Accept
            OnInfected Reject
            OnFail Defer
            RejectMsg infected with %v
            AddHeader Replace
            TemporaryDirectory {folder.Path}
            User root

            """);
        return await StartAsync(folder, () => Task.FromResult(Tool.Start("clamav-milter", ["-c", file])), helper);
    }

    /// <summary>clamd with a signature database that has the EICAR test file only.</summary>
    public static async Task<RunningProcess> ClamdAsync(TemporaryFolder folder)
    {
        folder.Make("db");
        folder.Write("db/test.ndb", $"Test.Eicar:0:*:{Convert.ToHexStringLower(System.Text.Encoding.ASCII.GetBytes(Samples.Eicar))}\n");
        var file = folder.Write("clamd.conf", $"""
            Foreground yes
            LocalSocket {ClamdSocket(folder)}
            DatabaseDirectory {folder.File("db")}
            TemporaryDirectory {folder.Path}
            User root

            """);
        var clamd = Tool.Start("clamd", ["-c", file]);
        await OpenAsync(clamd, ClamdSocket(folder));
        return clamd;
    }

    /// <summary>Where a filter listens whose files are in a folder.</summary>
    public static string SocketFile(TemporaryFolder folder) => folder.File(SocketName);

    public static string ClamdSocket(TemporaryFolder folder) => folder.File("clamd.sock");

    /// <summary>opendkim: signs mail of sign.example.net that comes from 127.0.0.7, verifies all other.</summary>
    public static async Task<RealFilter> OpenDkimAsync(DkimKey key)
    {
        var folder = new TemporaryFolder();
        var nameServer = Loopback.Next();
        var file = folder.Write("opendkim.conf", $"""
            Nameservers {nameServer}
            Syslog no
            Socket local:{folder.File(SocketName)}
            UMask 000
            Mode sv
            Domain {DkimKey.Domain}
            Selector {DkimKey.Selector}
            KeyFile {folder.Write("key.pem", key.Private)}
            RequireSafeKeys no
            UserID root
            InternalHosts {Samples.InternalHost}
            Canonicalization relaxed/simple
            AuthservID {Samples.AuthservId}
            AlwaysAddARHeader yes

            """);
        return await WithDnsAsync(folder, nameServer, key.Records, "opendkim", ["-f", "-x", file]);
    }

    /// <summary>opendmarc: rejects what the policy of its From says, by the results that opendkim has added.</summary>
    public static async Task<RealFilter> OpenDmarcAsync(DkimKey key)
    {
        var folder = new TemporaryFolder();
        var file = folder.Write("opendmarc.conf", $"""
            Syslog false
            Socket local:{folder.File(SocketName)}
            UMask 000
            UserID root
            AuthservID {Samples.AuthservId}
            TrustedAuthservIDs {Samples.AuthservId}
            IgnoreHosts {folder.Write("ignore", "192.0.2.99\n")}
            RejectFailures true

            """);
        return await WithDnsAsync(folder, Loopback.Next(), key.Records, "opendmarc", ["-f", "-c", file]);
    }

    /// <summary>spamass-milter with a spamd that has two rules: one to mark, one to reject.</summary>
    public static async Task<RealFilter> SpamAssassinAsync()
    {
        var folder = new TemporaryFolder();
        (await Tool.RunAsync("chmod", "755", folder.Path)).Expect(0);
        foreach (var part in new[] { "rules", "site", "home" })
        {
            (await Tool.RunAsync("chmod", "755", folder.Make(part))).Expect(0);
        }

        folder.Write("site/init.pre", "loadplugin Mail::SpamAssassin::Plugin::Check\n");
        folder.Write("rules/10.cf", """
            body TEST_MARK /a little spam/
            score TEST_MARK 8
            body TEST_REJECT /a lot of spam/
            score TEST_REJECT 20
            required_score 5
            report_safe 1
            report Spam of a test
            add_header spam Flag _YESNOCAPS_
            add_header all Status "_YESNO_, score=_SCORE_ required=_REQD_ tests=_TESTS_"
            use_bayes 0

            """);
        (await Tool.RunAsync("chmod", "-R", "a+rX", folder.File("rules"), folder.File("site"))).Expect(0);
        var spamd = folder.File("spamd.sock");
        var helper = Tool.Start("spamd",
        [
            "-L", "-x", "-m", "1", "--min-children=1", "-s", "stderr", $"--siteconfigpath={folder.File("site")}", $"--configpath={folder.File("rules")}",
            $"--socketpath={spamd}", "-u", "nobody", "-H", folder.File("home"),
        ]);
        await OpenAsync(helper, spamd);
        return await StartAsync(
            folder, () => Task.FromResult(Tool.Start("spamass-milter", ["-p", folder.File(SocketName), "-r", "15", "--", "-U", spamd])), helper);
    }

    /// <summary>Lets programs of any user connect to it, such as Postfix's.</summary>
    public async Task OpenToAllAsync()
    {
        (await Tool.RunAsync("chmod", "755", _folder.Path)).Expect(0);
        (await Tool.RunAsync("chmod", "666", Socket)).Expect(0);
    }

    /// <summary>Ends it as kill -9 does.</summary>
    public Task KillAsync() => _process.KillAsync();

    /// <summary>Starts it again.</summary>
    public async Task RestartAsync()
    {
        await _process.DisposeAsync();
        File.Delete(Socket);
        _process = await _start();
        await OpenAsync(_process, Socket);
    }

    /// <summary>Stops it and its children in the middle of whatever they do (SIGSTOP).</summary>
    public Task FreezeAsync() => SignalAsync("STOP");

    /// <summary>Lets them go on.</summary>
    public Task ThawAsync() => SignalAsync("CONT");

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        if (_helper is not null)
        {
            await _helper.DisposeAsync();
        }

        if (_dns is not null)
        {
            await _dns.DisposeAsync();
        }

        _folder.Dispose();
    }

    private static async Task<RealFilter> StartAsync(TemporaryFolder folder, Func<Task<RunningProcess>> start, RunningProcess? helper = null, DnsListener? dns = null)
    {
        var filter = new RealFilter(folder, start, helper, dns) { _process = await start() };
        await OpenAsync(filter._process, filter.Socket);
        return filter;
    }

    /// <summary>Starts a filter that listens at <see cref="SocketFile"/>, with a resolv.conf of its own, whose server has the test's keys and policies.</summary>
    public static Task<RealFilter> WithDnsAsync(TemporaryFolder folder, IPAddress nameServer, IEnumerable<DnsRecord> records, string program, string[] arguments)
    {
        var dns = DnsListener.Start(new IPEndPoint(nameServer, 53), new StaticZone("", records).Answer);
        var resolvConf = folder.Write("resolv.conf", $"nameserver {nameServer}\noptions timeout:1 attempts:1\n");
        string[] wrapped = ["--mount", "sh", "-c", "mount --bind \"$0\" /etc/resolv.conf && exec \"$@\"", resolvConf, Needs.FindProgram(program)!, .. arguments];
        return StartAsync(folder, () => Task.FromResult(Tool.Start("unshare", wrapped)), dns: dns);
    }

    private async Task SignalAsync(string signal)
    {
        var id = _process.Id;
        var children = await File.ReadAllTextAsync(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/task/{id}/children"));
        (await Tool.RunAsync("sh", "-c", $"kill -{signal} {id} {children}")).Expect(0);
    }

    private static Task OpenAsync(RunningProcess process, string socket) => Eventually.HoldsAsync(
        $"a connection with {socket}",
        () => process.HasExited ? throw new InvalidOperationException(string.Join('\n', process.Lines)) : IsOpen(socket));

    private static bool IsOpen(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
