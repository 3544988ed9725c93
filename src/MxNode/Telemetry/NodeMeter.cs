namespace ThrottleNet.MxNode.Telemetry;

/// <summary>The node's meter. Each feature makes its own instruments on it; durations are in seconds.</summary>
internal static class NodeMeter
{
    public const string Name = "ThrottleNet";
}
