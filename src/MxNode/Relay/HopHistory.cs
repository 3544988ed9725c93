namespace ThrottleNet.MxNode.Relay;

/// <summary>What was learned of next hops, kept and logged.</summary>
internal sealed class HopHistory(HopMemory memory, NameRefusals names, ILogger<HopHistory> logger)
{
    /// <summary>What they failed at lately.</summary>
    public HopMemory Memory => memory;

    /// <summary>Which of them refuse this relay.</summary>
    public NameRefusals Names => names;

    /// <summary>No session was had with it.</summary>
    public void NoSession(string nextHop, NextHopException failure) => RelayLog.NoSession(logger, nextHop, failure.Reason);

    /// <summary>It takes so many sessions and no more.</summary>
    public void Limited(string nextHop, int sessions) => RelayLog.SessionsLimited(logger, nextHop, sessions);

    /// <summary>It offers CHUNKING and does not know BDAT.</summary>
    public void ChunkingFailed(NextHopSession session, NextHopException failure)
    {
        memory.NoteChunkingFailure(session.EndPoint);
        RelayLog.ChunkingFailed(logger, session.Name, failure.Reason);
    }

    /// <summary>A kept session was of no use any more.</summary>
    public void Stale(string nextHop, string reason) => RelayLog.StaleReplaced(logger, nextHop, reason);
}
