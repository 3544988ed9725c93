namespace ThrottleNet.MxNode.Relay;

/// <summary>A session in use whose transaction waits for its client. Compared by reference: each parking is another one, so this is no record.</summary>
internal sealed class ParkedSession(NextHopSession session, HopPlace place, long since)
{
    public NextHopSession Session { get; } = session;

    public HopPlace Place { get; } = place;

    /// <summary>Timestamp of the clock.</summary>
    public long Since { get; } = since;
}
