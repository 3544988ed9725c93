namespace ThrottleNet.MxNode.Hosting;

/// <summary>When this node was started.</summary>
internal sealed record NodeStart(DateTimeOffset At);
