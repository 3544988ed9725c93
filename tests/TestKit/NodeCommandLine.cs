using System.Diagnostics;
using ThrottleNet.MxNode.Hosting;

namespace ThrottleNet.TestKit;

/// <summary>The node's program as a separate process, as operators run it.</summary>
internal static class NodeCommandLine
{
    /// <summary>The command line before the node's own arguments.</summary>
    public static IReadOnlyList<string> Command { get; } =
        [Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", "exec", Path.Combine(AppContext.BaseDirectory, "ThrottleNet.MxNode.dll")];

    /// <param name="arguments">The node's arguments.</param>
    /// <param name="folder">The working folder; null for the test's.</param>
    public static ProcessStartInfo StartInfo(IEnumerable<string> arguments, string? folder = null) =>
        Clean(new ProcessStartInfo(Command[0], [.. Command.Skip(1), .. arguments]) { WorkingDirectory = folder ?? "" });

    /// <summary>
    /// Removes settings of the node from a process's environment. Switches off .NET's diagnostics too: a process that is killed would
    /// leave their sockets in the system's temporary folder.
    /// </summary>
    public static ProcessStartInfo Clean(ProcessStartInfo start)
    {
        foreach (var variable in start.Environment.Keys.Where(k => k.StartsWith(ConfigurationLoader.EnvironmentPrefix, StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(variable);
        }

        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        return start;
    }
}
