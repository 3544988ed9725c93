using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace ThrottleNet.Benchmarks.Races;

/// <summary>The runners of a race, each a process of its own on loopback: smtp-sink behind, a Postfix and a node in front of it. Needs root and Postfix.</summary>
internal sealed class RaceField : IAsyncDisposable
{
    public const int Sink = 4625;
    public const int Postfix = 4629;
    public const int Node = 4626;
    private const int Admin = 4680;

    private readonly TemporaryFolder _folder = new();
    private readonly List<Process> _processes = [];
    private bool _hasPostfix;

    private string Etc => _folder.File("etc");

    public TemporaryFolder Folder => _folder;

    /// <summary>Starts sink, Postfix and node.</summary>
    /// <param name="postfixOptions">Options of Postfix's smtpd, such as a proxy filter.</param>
    /// <param name="nodeSettings">Section:Key=Value.</param>
    public async Task StartAsync(string[] postfixOptions, string[] nodeSettings)
    {
        await StartSinkAsync();
        await StartPostfixAsync(postfixOptions);
        await StartNodeAsync(Node, [$"Relay:Routes:bench.test=127.0.0.1:{Sink}", $"Admin:Listen=127.0.0.1:{Admin}", .. nodeSettings]);
        await Eventually.HoldsAsync($"port {Postfix}", () => IsOpen(Postfix));
    }

    /// <summary>Starts smtp-sink at <see cref="Sink"/>.</summary>
    public Task StartSinkAsync()
    {
        Start("smtp-sink", "-u", "nobody", "-c", $"127.0.0.1:{Sink}", "1024");
        return Eventually.HoldsAsync($"port {Sink}", () => IsOpen(Sink));
    }

    /// <summary>Starts a node that trusts its clients.</summary>
    /// <param name="port">Where it listens.</param>
    /// <param name="settings">Section:Key=Value; without Admin:Listen it has no dashboard.</param>
    public Task StartNodeAsync(int port, string[] settings)
    {
        var file = _folder.Write($"node{port}.json", JsonSerializer.Serialize(new
        {
            Node = new { Name = "race", HostName = "race.throttle-mx.test", DataDirectory = _folder.File($"node{port}") },
            Smtp = new { Listen = new[] { $"127.0.0.1:{port}" } },
            Trust = new { Entries = new[] { "127.0.0.1/32" } },
            Admin = new { Listen = (string?)null },
        }));
        Start("dotnet", [Path.Combine(AppContext.BaseDirectory, "ThrottleNet.MxNode.dll"), "run", "--config", file, .. settings.SelectMany(s => new[] { "--set", s })]);
        return Eventually.HoldsAsync($"port {port}", () => IsOpen(port));
    }

    /// <summary>Starts a program that ends with the race.</summary>
    public void Start(string program, params string[] arguments)
    {
        var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _folder.Path })!;

        // Read, or a program that logs would wait for its pipe.
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _processes.Add(process);
    }

    /// <summary>Sends messages with smtp-source, and gives how many a second were accepted.</summary>
    /// <param name="isKept">A connection is kept for all messages of a session; else each message has its own.</param>
    public static async Task<double> SendAsync(int port, int messages, int sessions, int octets, bool isKept = false)
    {
        var from = TimeProvider.System.GetTimestamp();
        await RunAsync("smtp-source", [.. isKept ? new[] { "-d" } : [], "-s", $"{sessions}", "-m", $"{messages}", "-l", $"{octets}", "-f", "a@x.test", "-t", "b@bench.test", $"127.0.0.1:{port}"]);
        return messages / TimeProvider.System.GetElapsedTime(from).TotalSeconds;
    }

    /// <summary>Waits until nothing is queued: the next runner must not share the machine with the last one's deliveries.</summary>
    public async Task DrainAsync()
    {
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{Admin}/") };
        await Eventually.HoldsAsync("empty queues", async () =>
        {
            var postfix = new[] { "maildrop", "incoming", "active", "deferred" }.Any(q => Directory.EnumerateFiles(_folder.File($"spool/{q}"), "*", SearchOption.AllDirectories).Any());
            using var answer = await client.GetAsync(new Uri("api/queue", UriKind.Relative));
            var node = answer.StatusCode == HttpStatusCode.OK && !(await answer.Content.ReadAsStringAsync()).Contains("\"messages\": 0,", StringComparison.Ordinal);
            return !postfix && !node;
        }, TimeSpan.FromMinutes(10));
    }

    public async ValueTask DisposeAsync()
    {
        if (_hasPostfix)
        {
            await StopPostfixAsync();
        }

        foreach (var process in _processes)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            process.Dispose();
        }

        _folder.Dispose();
    }

    /// <summary>Stops Postfix.</summary>
    public Task StopPostfixAsync() => RunAsync("postfix", "-c", Etc, "stop");

    /// <summary>Starts the Postfix of <see cref="StartPostfixAsync"/> again.</summary>
    public Task StartPostfixAgainAsync() => RunAsync("postfix", "-c", Etc, "start");

    /// <summary>Makes a Postfix's configuration and starts it.</summary>
    /// <param name="options">Options of Postfix's smtpd, such as a proxy filter.</param>
    public async Task StartPostfixAsync(string[] options)
    {
        _folder.Make("etc");
        _folder.Make("spool");
        await RunAsync("chown", "postfix", _folder.Make("data"));
        await File.WriteAllTextAsync(Path.Combine(Etc, "main.cf"), $"""
            compatibility_level = 3.6
            queue_directory = {_folder.File("spool")}
            data_directory = {_folder.File("data")}
            command_directory = /usr/sbin
            daemon_directory = /usr/lib/postfix/sbin
            mail_owner = postfix
            setgid_group = postdrop
            myhostname = relay.bench.test
            mydestination =
            relay_domains = bench.test
            relay_transport = smtp:[127.0.0.1]:{Sink}
            inet_interfaces = 127.0.0.1
            inet_protocols = ipv4
            mynetworks = 127.0.0.0/8
            smtpd_client_connection_count_limit = 0
            maillog_file = {_folder.File("postfix.log")}
            maillog_file_prefixes = {_folder.Path}
            smtpd_tls_security_level = none
            smtp_tls_security_level = none
            alias_maps =
            smtp_host_lookup = native
            smtp_dns_support_level = disabled
            {string.Join('\n', options)}

            """);
        File.Copy("/usr/share/postfix/master.cf.dist", Path.Combine(Etc, "master.cf"));
        await RunAsync("postconf", "-c", Etc, "-F", "*/*/chroot=n");
        await RunAsync("postconf", "-c", Etc, "-MX", "smtp/inet");
        await RunAsync("postconf", "-c", Etc, "-M", $"127.0.0.1:{Postfix}/inet=127.0.0.1:{Postfix} inet n - n - 100 smtpd");
        await StartPostfixAgainAsync();
        _hasPostfix = true;
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        var said = await error;
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {said}");
        }
    }

    private static bool IsOpen(int port)
    {
        try
        {
            using var client = new TcpClient();
            client.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
