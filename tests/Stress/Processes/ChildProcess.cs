using System.Diagnostics;
using System.Globalization;

namespace ThrottleNet.Stress.Processes;

/// <summary>A program that runs in the background and appends its output to a file. It can be killed, stopped, paused and resumed.</summary>
internal sealed class ChildProcess : IDisposable
{
    private readonly Process _process;

    private ChildProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>The resident memory in octets.</summary>
    public long Memory => Number("status", "VmRSS:", word: 1) * 1024;

    /// <param name="command">The program and its arguments.</param>
    /// <param name="log">The file for its standard output and standard error.</param>
    /// <param name="environment">Further environment variables.</param>
    public static ChildProcess Start(IEnumerable<string> command, string log, IReadOnlyDictionary<string, string> environment)
    {
        // The shell is replaced by the program, so the identifier is the program's.
        var start = new ProcessStartInfo("sh", ["-c", "exec \"$@\" >>\"$0\" 2>&1", log, .. command]) { RedirectStandardInput = true };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new ChildProcess(Process.Start(start)!);
    }

    /// <summary>Writes a line to its standard input; none is written if it has ended.</summary>
    public void Tell(string line)
    {
        try
        {
            _process.StandardInput.WriteLine(line);
            _process.StandardInput.Flush();
        }
        catch (IOException)
        {
            // It has ended, and its connections with it.
        }
    }

    /// <summary>Sends SIGKILL and waits for the end.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Sends SIGTERM and waits for the end.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> StopAsync()
    {
        await SignalAsync("TERM");
        await _process.WaitForExitAsync().WaitAsync(Eventually.Patience);
        return _process.ExitCode;
    }

    /// <summary>Sends SIGSTOP: the program stands still until <see cref="ResumeAsync"/>.</summary>
    public Task PauseAsync() => SignalAsync("STOP");

    /// <summary>Sends SIGCONT.</summary>
    public Task ResumeAsync() => SignalAsync("CONT");

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private long Number(string file, string line, int word)
    {
        var text = File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{Id}/{file}")).First(l => l.StartsWith(line, StringComparison.Ordinal));
        return long.Parse(text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[word], CultureInfo.InvariantCulture);
    }

    private async Task SignalAsync(string signal) =>
        await Command.RunAsync("sh", "-c", string.Create(CultureInfo.InvariantCulture, $"kill -{signal} {Id}"));
}
