using System.Diagnostics;

namespace ThrottleNet.TestKit;

/// <summary>The exit code and the output of a program that has ended.</summary>
/// <param name="Command">The program and its arguments.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
internal sealed record ProcessResult(string Command, int ExitCode, string Output, string Error)
{
    /// <summary>Standard error without empty lines.</summary>
    public IReadOnlyList<string> ErrorLines => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Runs a program to its end.</summary>
    /// <param name="start">The program.</param>
    /// <param name="input">Its standard input.</param>
    /// <param name="patience">How long it may take; <see cref="Eventually.Patience"/> if null.</param>
    /// <exception cref="TimeoutException">It did not end in that time, and was killed.</exception>
    public static async Task<ProcessResult> OfAsync(ProcessStartInfo start, string input = "", TimeSpan? patience = null)
    {
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        var command = $"{start.FileName} {string.Join(' ', start.ArgumentList)}";
        using var process = Process.Start(start)!;
        using var deadline = new CancellationTokenSource(patience ?? Eventually.Patience, TimeProvider.System);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(deadline.Token);
            var error = process.StandardError.ReadToEndAsync(deadline.Token);
            await FeedAsync(process, input, deadline.Token);
            await process.WaitForExitAsync(deadline.Token);
            return new ProcessResult(command, process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{command} did not end in time");
        }
    }

    /// <exception cref="InvalidOperationException">The program has ended with another code.</exception>
    public ProcessResult Expect(int exitCode) =>
        ExitCode == exitCode ? this : throw new InvalidOperationException($"expected exit code {exitCode}, not: {this}");

    public override string ToString() => $"{Command}: exit code {ExitCode}\n{Output}\n{Error}";

    private static async Task FeedAsync(Process process, string input, CancellationToken cancel)
    {
        try
        {
            await process.StandardInput.WriteAsync(input.AsMemory(), cancel);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The program has ended without reading all of its input. Its exit code shows whether that is a failure.
        }
    }
}
