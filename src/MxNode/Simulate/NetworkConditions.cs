namespace ThrottleNet.MxNode.Simulate;

/// <summary>How the simulated network carries frames. Times are in milliseconds.</summary>
internal sealed record NetworkConditions
{
    /// <summary>The latency between the nearest two nodes, one way.</summary>
    public int LeastLatency { get; init; } = 20;

    /// <summary>The latency between the farthest two nodes; each pair has its own between the two.</summary>
    public int MostLatency { get; init; } = 60;

    /// <summary>The share of frames whose packet is lost. TCP sends it again: the frame comes late, and later frames wait for it.</summary>
    public double Loss { get; init; }

    /// <summary>How much later such a frame comes: TCP's least retransmission timeout on Linux.</summary>
    public int RetransmitAfter { get; init; } = 200;

    /// <summary>The share of frames that never arrive, as if there were no TCP: harsher than any real network.</summary>
    public double Drop { get; init; }

    /// <summary>The share of frames that arrive twice.</summary>
    public double Duplicate { get; init; }

    /// <summary>Frames may overtake each other by so much.</summary>
    public int Reorder { get; init; }
}
