using System.Diagnostics;

namespace ThrottleNet.MxNode.Telemetry;

/// <summary>
/// The source of the node's spans: one for each SMTP session, with one for each of its phases inside. Where no exporter listens, no span is made.
/// </summary>
internal static class NodeTracing
{
    /// <summary>The name of the source.</summary>
    public const string SourceName = "ThrottleNet";

    private static readonly ActivitySource Source = new(SourceName, NodeInstance.Version);

    /// <summary>Begins a span that another program's request has caused. Null where no exporter listens.</summary>
    public static Activity? Serve(string name) => Source.StartActivity(name, ActivityKind.Server);

    /// <summary>Begins the span of a request to another program, inside the current span.</summary>
    public static Activity? Call(string name) => Source.StartActivity(name, ActivityKind.Client);

    /// <summary>Begins the span of a phase, inside the current span.</summary>
    public static Activity? Phase(string name) => Source.StartActivity(name);
}
