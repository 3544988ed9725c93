using System.Diagnostics;

namespace ThrottleNet.Real.Tests.Harness;

/// <summary>Starts programs on this machine or on a machine of a <see cref="TestNetwork"/>.</summary>
internal static class Tool
{
    /// <summary>Runs a program to its end.</summary>
    /// <param name="host">The machine to run on; null for this machine itself.</param>
    /// <param name="patience">How long it may take; <see cref="Eventually.Patience"/> if null.</param>
    /// <exception cref="TimeoutException">It did not end in that time, and was killed.</exception>
    public static Task<ProcessResult> RunAsync(
        string program, IEnumerable<string> arguments, string? input = null, NetworkHost? host = null, string? workingFolder = null, TimeSpan? patience = null) =>
        ProcessResult.OfAsync(StartInfo(program, arguments, host, workingFolder), input ?? "", patience);

    public static Task<ProcessResult> RunAsync(string program, params string[] arguments) => RunAsync(program, arguments, input: null);

    /// <summary>Starts a program that runs beside the test.</summary>
    /// <param name="host">The machine to run on; null for this machine itself.</param>
    public static RunningProcess Start(string program, IEnumerable<string> arguments, NetworkHost? host = null, string? workingFolder = null) =>
        RunningProcess.Start(StartInfo(program, arguments, host, workingFolder));

    private static ProcessStartInfo StartInfo(string program, IEnumerable<string> arguments, NetworkHost? host, string? workingFolder)
    {
        var path = Needs.FindProgram(program) ?? program;
        var start = host is null ? new ProcessStartInfo(path, arguments) : new ProcessStartInfo("nsenter", host.Enter(path, arguments));
        start.WorkingDirectory = workingFolder;
        return NodeCommandLine.Clean(start);
    }
}
