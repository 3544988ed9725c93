using System.Diagnostics;

namespace ThrottleNet.Real.Tests.Harness;

/// <summary>A program's exit code and output.</summary>
internal sealed record ToolResult(string Command, int ExitCode, string Output, string Error)
{
    /// <summary>Fails unless the program has ended with this code.</summary>
    public ToolResult Expect(int exitCode)
    {
        Assert.True(ExitCode == exitCode, $"expected exit code {exitCode}, not: {this}");
        return this;
    }

    public override string ToString() => $"{Command}: exit code {ExitCode}\n{Output}\n{Error}";
}

/// <summary>Runs a program to its end.</summary>
internal static class Tool
{
    /// <summary>Runs a program with its output captured; one that takes longer than <see cref="Eventually.Patience"/> is killed, and the test fails.</summary>
    /// <param name="host">The machine to run on; null for this machine itself.</param>
    public static async Task<ToolResult> RunAsync(string program, IEnumerable<string> arguments, string? input = null, NetworkHost? host = null, string? workingFolder = null)
    {
        var start = StartInfo(program, arguments, host);
        start.RedirectStandardInput = true;
        start.WorkingDirectory = workingFolder;
        var command = $"{program} {string.Join(' ', arguments)}";
        using var process = Process.Start(start)!;
        using var deadline = new CancellationTokenSource(Eventually.Patience, TimeProvider.System);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(deadline.Token);
            var error = process.StandardError.ReadToEndAsync(deadline.Token);
            await FeedAsync(process, input, deadline.Token);
            await process.WaitForExitAsync(deadline.Token);
            return new ToolResult(command, process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{command} did not end in time");
        }
    }

    public static Task<ToolResult> RunAsync(string program, params string[] arguments) => RunAsync(program, arguments, input: null);

    /// <summary>How to start a program, daemons in the administrator's folders among them, with its output redirected.</summary>
    public static ProcessStartInfo StartInfo(string program, IEnumerable<string> arguments, NetworkHost? host)
    {
        var path = Needs.FindProgram(program) ?? program;
        return host is null
            ? new ProcessStartInfo(path, arguments) { RedirectStandardOutput = true, RedirectStandardError = true }
            : new ProcessStartInfo("nsenter", host.Enter(path, arguments)) { RedirectStandardOutput = true, RedirectStandardError = true };
    }

    private static async Task FeedAsync(Process process, string? input, CancellationToken cancel)
    {
        try
        {
            await process.StandardInput.WriteAsync((input ?? "").AsMemory(), cancel);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The program has ended without reading all of its input. Its exit code shows whether that is a failure.
        }
    }
}
