using System.Globalization;
using System.Net.Sockets;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Packages;

/// <summary>
/// Does for one unit in a <see cref="DebianRoot"/> what systemd does: starts its command line under its user, capabilities and limits, with its folders and a
/// system that is read-only for it, waits for READY=1, and stops and reloads it. It imitates no filter of system calls. Answers the root's systemctl.
/// </summary>
internal sealed class ServiceManager : IAsyncDisposable
{
    private const string Unit = "/usr/lib/systemd/system/throttlenet.service";

    // What systemd.exec(5) says of ProtectSystem=strict, PrivateTmp and StateDirectory. $0 is the root, $1 the state's folder, $2 its user.
    private const string Sandbox = """
        set -e
        root=$0 state=$1 user=$2
        shift 2
        mount --make-rprivate /
        mkdir -p -m 0700 "$root/var/lib/$state"
        chroot "$root" chown "$user:" "/var/lib/$state"
        mount --rbind "$root" "$root"
        mount -o remount,bind,ro "$root"
        mount --bind "$root/var/lib/$state" "$root/var/lib/$state"
        mount -o remount,bind,rw "$root/var/lib/$state"
        for folder in tmp var/tmp run; do mount -t tmpfs -o mode=1777 tmpfs "$root/$folder"; done
        exec "$@"
        """;

    private readonly DebianRoot _root;
    private readonly Socket _requests = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly CancellationTokenSource _end = new();
    private readonly Task _serving;
    private readonly List<string> _output = [];

    public ServiceManager(DebianRoot root)
    {
        _root = root;
        Notices = new NotifySocket(Path.Combine(root.Shared, "notify"));
        _requests.Bind(new UnixDomainSocketEndPoint(Path.Combine(root.Shared, "manager")));
        _requests.Listen();
        _serving = ServeAsync();
    }

    public NotifySocket Notices { get; }

    /// <summary>The running service; null while it is stopped.</summary>
    public RunningProcess? Service { get; private set; }

    /// <summary>The exit code of the last service that was stopped.</summary>
    public int? ExitCode { get; private set; }

    /// <summary>What the notices said of the service's state, in order.</summary>
    public List<string> States { get; } = [];

    /// <summary>The output of all services so far.</summary>
    public string Output => string.Join('\n', [.. _output, .. Service?.Lines ?? []]);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _serving;
        _requests.Dispose();
        _end.Dispose();
        if (Service is { } service)
        {
            await service.DisposeAsync();
        }

        await Notices.DisposeAsync();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _requests.AcceptAsync(_end.Token);
                await using var stream = new NetworkStream(client);
                using var reader = new StreamReader(stream);
                var words = (await reader.ReadLineAsync(_end.Token) ?? "").Split(' ').Where(w => !w.StartsWith('-')).ToArray();
                await using var writer = new StreamWriter(stream);
                await writer.WriteLineAsync((await AnswerAsync(words.FirstOrDefault() ?? "")).ToString(CultureInfo.InvariantCulture));
            }
        }
        catch (OperationCanceledException)
        {
            // The test has ended.
        }
    }

    // The exit code of systemctl.
    private async Task<int> AnswerAsync(string verb)
    {
        switch (verb)
        {
            case "start" when Service is null:
                return await StartAsync();
            case "restart":
                await StopAsync();
                return await StartAsync();
            case "stop":
                await StopAsync();
                return 0;
            case "reload":
                await Service!.SignalAsync("HUP"); // ExecReload, checked by a test
                States.Add((await Notices.NextOfStateAsync()).Split('\n')[0]);
                States.Add(await Notices.NextOfStateAsync());
                return 0;
            case "status":
                return Service is { HasExited: false } ? 0 : 3;
            default:
                return 0;
        }
    }

    private async Task<int> StartAsync()
    {
        var unit = SystemdUnit.Parse(await _root.RunAsync($"cat {Unit}"));
        var capabilities = unit.Words("CapabilityBoundingSet").Select(c => "+" + c.ToLowerInvariant()["cap_".Length..]).ToArray();
        string Set(string only) => $"{only}=-all,{string.Join(',', capabilities)}";
        string[] command =
        [
            "unshare", "--mount", "sh", "-c", Sandbox, _root.Path, unit["StateDirectory"], unit["User"],
            "prlimit", $"--nofile={Math.Min(int.Parse(unit["LimitNOFILE"], CultureInfo.InvariantCulture), 20000)}", "chroot", _root.Path,
            "setpriv", "--reuid", unit["User"], "--regid", unit["Group"], "--init-groups", Set("--inh-caps"), Set("--ambient-caps"), Set("--bounding-set"), "--no-new-privs",
            "env", "-i", "PATH=/usr/sbin:/usr/bin", $"NOTIFY_SOCKET={DebianRoot.SharedInside}/notify", $"WATCHDOG_USEC={unit.Seconds("WatchdogSec").TotalMicroseconds:0}", "INVOCATION_ID=test",
            $"--chdir={unit["WorkingDirectory"]}", .. unit.Words("ExecStart"),
        ];
        var service = Tool.Start("nsenter", _root.Enter(command));
        var ready = Notices.NextOfStateAsync();
        if (await Task.WhenAny(ready, service.ExitAsync()) != ready)
        {
            _output.AddRange(service.Lines);
            await service.DisposeAsync();
            return 1;
        }

        States.Add(await ready);
        Service = service;
        return 0;
    }

    private async Task StopAsync()
    {
        if (Service is not { } service)
        {
            return;
        }

        var stopping = Notices.NextOfStateAsync();
        ExitCode = await service.StopAsync();
        States.Add(await stopping);
        _output.AddRange(service.Lines);
        Service = null;
        await service.DisposeAsync();
    }
}
