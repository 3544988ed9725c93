using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace ThrottleNet.Real.Tests.Harness;

/// <summary>A program that runs in the background, and its output so far.</summary>
internal sealed class RunningProcess : IAsyncDisposable
{
    // The last lines may arrive after the process has ended.
    private const int LooksAfterEnd = 40;

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly string _command;

    private RunningProcess(string command, ProcessStartInfo start)
    {
        _command = command;
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, e) => Note(e.Data);
        _process.ErrorDataReceived += (_, e) => Note(e.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>The program's output so far, standard output and standard error together.</summary>
    public IReadOnlyCollection<string> Lines => _lines;

    public static RunningProcess Start(string program, IEnumerable<string> arguments, NetworkHost? host = null, string? workingFolder = null)
    {
        var start = Tool.StartInfo(program, arguments, host);
        start.WorkingDirectory = workingFolder;
        return new RunningProcess(program, start);
    }

    /// <summary>The first line that matches; fails at the deadline, or when the program ends without having printed one.</summary>
    public async Task<string> LineAsync(string what, Func<string, bool> matches, TimeSpan? patience = null)
    {
        var looksAfterEnd = 0;
        try
        {
            return await Eventually.FindAsync($"{what} from {_command}", () =>
            {
                var line = _lines.FirstOrDefault(matches);
                return line is null && _process.HasExited && ++looksAfterEnd > LooksAfterEnd
                    ? throw new InvalidOperationException($"{_command} has ended with {_process.ExitCode} before {what}")
                    : Task.FromResult(line);
            }, patience);
        }
        catch (Exception e) when (e is TimeoutException or InvalidOperationException)
        {
            throw new InvalidOperationException($"{e.Message}\n{string.Join('\n', _lines)}", e);
        }
    }

    /// <summary>Waits until the program accepts connections; fails when it ends before.</summary>
    public Task OpenAsync(IPEndPoint endPoint) => Eventually.HoldsAsync(
        $"{_command} to listen on {endPoint}",
        () => HasExited ? throw new InvalidOperationException(string.Join('\n', Lines)) : IsOpen(endPoint));

    /// <summary>Kills the program with SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process.Kill(entireProcessTree: true);
        await ExitAsync();
    }

    /// <summary>Stops the program with SIGTERM, waits, and returns its exit code.</summary>
    public async Task<int> StopAsync()
    {
        if (!_process.HasExited)
        {
            await Tool.RunAsync("sh", "-c", string.Create(CultureInfo.InvariantCulture, $"kill -TERM {Id}"));
        }

        return await ExitAsync();
    }

    /// <summary>Waits until the program has ended and all its output was read.</summary>
    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Eventually.Patience, TimeProvider.System);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }

    private static bool IsOpen(IPEndPoint endPoint)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(endPoint);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private void Note(string? line)
    {
        if (line is not null)
        {
            _lines.Enqueue(line);
        }
    }
}
