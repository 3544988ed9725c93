using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace ThrottleNet.TestKit;

/// <summary>A program that runs beside the test, and its output so far.</summary>
internal sealed class RunningProcess : IAsyncDisposable
{
    // The last lines may arrive after the process has ended.
    private const int LooksAfterEnd = 40;

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly ConcurrentQueue<string> _output = new();
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly Channel<string> _unread = Channel.CreateUnbounded<string>();
    private readonly string _command;

    private RunningProcess(ProcessStartInfo start)
    {
        _command = $"{start.FileName} {string.Join(' ', start.ArgumentList)}";
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, e) => NoteOutput(e.Data);
        _process.ErrorDataReceived += (_, e) => Note(e.Data, _errors);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>The program's output so far, standard output and standard error together.</summary>
    public IReadOnlyCollection<string> Lines => _lines;

    /// <param name="start">The program. Standard input is redirected only if this says so.</param>
    public static RunningProcess Start(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        return new RunningProcess(start);
    }

    /// <summary>Writes a line to the program's standard input.</summary>
    public async Task WriteLineAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>The next line of standard output.</summary>
    /// <exception cref="InvalidOperationException">The program has ended without another line.</exception>
    public async Task<string> NextLineAsync()
    {
        try
        {
            return await _unread.Reader.ReadAsync().AsTask().WaitAsync(Eventually.Patience);
        }
        catch (ChannelClosedException e)
        {
            throw new InvalidOperationException($"{_command} has ended:\n{string.Join('\n', _lines)}", e);
        }
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
            await SignalAsync("TERM");
        }

        return await ExitAsync();
    }

    /// <summary>Sends the program a signal, such as "STOP".</summary>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{Id}"]);
        await kill.WaitForExitAsync().WaitAsync(Eventually.Patience);
    }

    /// <summary>Waits until the program has ended and all its output was read.</summary>
    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Eventually.Patience);
        return _process.ExitCode;
    }

    /// <summary>Waits until the program has ended.</summary>
    /// <exception cref="TimeoutException">It did not end within <see cref="Eventually.Patience"/>.</exception>
    public async Task<ProcessResult> ResultAsync()
    {
        try
        {
            return new ProcessResult(_command, await ExitAsync(), Text(_output), Text(_errors));
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{_command} did not end in time:\n{string.Join('\n', _lines)}", e);
        }
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

    private static string Text(IEnumerable<string> lines) => string.Concat(lines.Select(line => line + "\n"));

    private void NoteOutput(string? line)
    {
        Note(line, _output);
        _ = line is null ? _unread.Writer.TryComplete() : _unread.Writer.TryWrite(line);
    }

    private void Note(string? line, ConcurrentQueue<string> stream)
    {
        if (line is not null)
        {
            stream.Enqueue(line);
            _lines.Enqueue(line);
        }
    }
}
