using System.Diagnostics;

namespace ThrottleNet.Stress.Processes;

/// <summary>Runs a program to its end.</summary>
internal static class Command
{
    /// <returns>Whether it exited with 0.</returns>
    public static async Task<bool> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return process.ExitCode == 0;
    }
}
