using System.Reflection;

namespace ThrottleNet.MxNode.Telemetry;

/// <summary>This run of the node: what status and telemetry say about it.</summary>
/// <param name="Name">The node's short name.</param>
/// <param name="HostName">The name that it greets with.</param>
/// <param name="Started">When it was started, UTC.</param>
internal sealed record NodeInstance(string Name, string HostName, DateTimeOffset Started)
{
    /// <summary>The program's version, as its build gave it.</summary>
    public static string Version { get; } = typeof(NodeInstance).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}
