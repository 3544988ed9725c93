using System.Diagnostics;

namespace ThrottleNet.MxNode.Telemetry;

/// <summary>
/// The source of the node's spans: one for each SMTP session, with one for each of its phases inside, and one at each node that counts what was registered
/// in it. Where no exporter listens, no span is made.
/// </summary>
internal static class NodeTracing
{
    /// <summary>The name of the source.</summary>
    public const string SourceName = "ThrottleNet";

    // Version 00 of the header, which is all that is defined.
    private const int TraceParentLength = 55;

    private static readonly ActivitySource Source = new(SourceName, NodeInstance.Version);

    /// <summary>Begins a span that another program's request has caused. Null where no exporter listens.</summary>
    public static Activity? Serve(string name) => Source.StartActivity(name, ActivityKind.Server);

    /// <summary>Begins the span of a request to another program, inside the current span.</summary>
    public static Activity? Call(string name) => Source.StartActivity(name, ActivityKind.Client);

    /// <summary>The current span's place in its trace; default where there is none, or it is not recorded.</summary>
    public static ActivityContext Here => Activity.Current is { Recorded: true } span ? span.Context : default;

    /// <summary>Begins the span of work that several spans have caused: inside the first of them, linked with the others. Null where no exporter listens.</summary>
    public static Activity? Pass(string name, IReadOnlyList<ActivityContext> causes) =>
        causes.Count == 0 ? null : Source.StartActivity(name, ActivityKind.Producer, causes[0], links: causes.Skip(1).Select(cause => new ActivityLink(cause)));

    /// <summary>Begins the span of work that a span of another node has caused. Null where no exporter listens, and for a text that names no span.</summary>
    /// <param name="cause">Its traceparent (W3C Trace Context).</param>
    public static Activity? Take(string name, string? cause) =>
        cause is { Length: TraceParentLength } && ActivityContext.TryParse(cause, traceState: null, isRemote: true, out var context) ? Source.StartActivity(name, ActivityKind.Consumer, context) : null;

    /// <summary>Begins the span of a phase, inside the current span.</summary>
    public static Activity? Phase(string name) => Source.StartActivity(name);
}
