namespace ThrottleNet.MxNode.Relay;

/// <summary>The unused sessions with one next hop, latest last. Needs its owner's lock.</summary>
internal sealed class IdleSessions
{
    private readonly List<(NextHopSession Session, long Since)> _kept = [];

    public int Count => _kept.Count;

    public void Add(NextHopSession session, long now) => _kept.Add((session, now));

    /// <summary>Takes the session that was last used for that client, else the latest; null if there is none.</summary>
    public NextHopSession? Take(ClientFacts client)
    {
        var index = _kept.FindLastIndex(kept => kept.Session.Client == client);
        index = index < 0 ? _kept.Count - 1 : index;
        if (index < 0)
        {
            return null;
        }

        var session = _kept[index].Session;
        _kept.RemoveAt(index);
        return session;
    }

    /// <summary>Takes the sessions whose time of keeping matches.</summary>
    public IReadOnlyList<NextHopSession> TakeWhere(Predicate<long> isDue)
    {
        var taken = _kept.FindAll(kept => isDue(kept.Since)).ConvertAll(kept => kept.Session);
        _kept.RemoveAll(kept => isDue(kept.Since));
        return taken;
    }
}
