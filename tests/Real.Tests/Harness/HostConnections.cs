namespace ThrottleNet.Real.Tests.Harness;

/// <summary>
/// The TCP connections of a machine of a <see cref="TestNetwork"/>, as the kernel shows them to a process there. To look takes microseconds; ss would be a program
/// to start for each look.
/// </summary>
internal sealed class HostConnections : IAsyncDisposable
{
    // Columns of /proc/net/tcp, and the first two of its states (proc_pid_net_tcp(5)).
    private const int Local = 1, Remote = 2, State = 3;
    private const string Established = "01", SynSent = "02";

    // 127.0.0.1, mapped to IPv6 as well, and ::1.
    private static readonly string[] Loopback = ["0100007F", "0000000000000000FFFF00000100007F", "00000000000000000000000001000000"];

    private readonly RunningProcess _process;

    private HostConnections(RunningProcess process) => _process = process;

    /// <summary>Whether programs of the machine hold connections to other machines, or try to connect.</summary>
    public bool Any => new[] { "tcp", "tcp6" }.SelectMany(table => File.ReadLines($"/proc/{_process.Id}/net/{table}").Skip(1)).Any(IsOpen);

    public static async Task<HostConnections> WatchAsync(NetworkHost host)
    {
        var process = Tool.Start("sh", ["-c", "echo there; exec sleep infinity"], host);
        await process.LineAsync("a process on the machine", line => line == "there");
        return new HostConnections(process);
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static bool IsOpen(string line)
    {
        var columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return columns[State] is Established or SynSent && !IsLoopback(columns[Local]) && !IsLoopback(columns[Remote]);
    }

    private static bool IsLoopback(string endPoint) => Loopback.Contains(endPoint.Split(':')[0]);
}
