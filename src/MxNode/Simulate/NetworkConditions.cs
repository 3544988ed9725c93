namespace ThrottleNet.MxNode.Simulate;

/// <summary>How the simulated network carries frames. Times are in milliseconds.</summary>
internal sealed record NetworkConditions
{
    /// <summary>One way, of the nearest two nodes...</summary>
    public int LeastLatency { get; init; } = 20;

    /// <summary>...and of the farthest two; each pair has its own between them.</summary>
    public int MostLatency { get; init; } = 60;

    /// <summary>The share of frames whose packet is lost. TCP sends it again: it comes late, and what follows waits for it.</summary>
    public double Loss { get; init; }

    /// <summary>How much later: TCP's least retransmission timeout on Linux.</summary>
    public int RetransmitAfter { get; init; } = 200;

    /// <summary>The share of frames that never arrive, as if TCP did not exist: harsher than any real carrier.</summary>
    public double Drop { get; init; }

    /// <summary>The share of frames that arrive twice.</summary>
    public double Duplicate { get; init; }

    /// <summary>Frames may overtake each other by so much.</summary>
    public int Reorder { get; init; }
}
