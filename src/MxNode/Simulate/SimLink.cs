namespace ThrottleNet.MxNode.Simulate;

/// <summary>A connection between two simulated nodes; the first one opened it.</summary>
internal sealed class SimLink(long number, SimNode first, SimNode second, int latency)
{
    public long Number { get; } = number;

    public SimNode First { get; } = first;

    public SimNode Second { get; } = second;

    /// <summary>Milliseconds, one way.</summary>
    public int Latency { get; } = latency;

    /// <summary>By direction: when the last frame arrives that later frames must not overtake.</summary>
    public long[] Floor { get; } = new long[2];

    public SimNode Other(SimNode node) => node == First ? Second : First;
}
