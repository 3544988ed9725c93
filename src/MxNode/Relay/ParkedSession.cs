namespace ThrottleNet.MxNode.Relay;

/// <summary>A session in use whose transaction waits for its client. Each time of parking is another, so no record: they are told apart by reference.</summary>
internal sealed class ParkedSession(NextHopSession session, HopPlace place, long since)
{
    public NextHopSession Session { get; } = session;

    public HopPlace Place { get; } = place;

    /// <summary>Timestamp of the clock.</summary>
    public long Since { get; } = since;
}
