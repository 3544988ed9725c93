namespace ThrottleNet.Protocol.Exchange;

/// <summary>
/// Decides whether the hold of an attempt is complete. An attempt in this node's batch s may be judged once every live node (a) has
/// applied this node's batches up to s, and (b) all that the live node had counted at that moment is applied here. Each neighbour acknowledges (a) and
/// gives the number for (b) in a <see cref="HeardFrame"/>. So of any two attempts at two nodes at least one decision includes the other attempt,
/// and a decision includes every attempt that was registered anywhere before its own. A sender that spreads its mail over all nodes gets no more
/// through than by sending all of it to one node.
/// <para>
/// A node is live if it is linked and sent a frame within <see cref="ExchangeSettings.SilentAfter"/>. The barrier does not wait for a silent node.
/// A node without a link may still publish batches that arrive by way of others (after a network cut between two nodes of a mesh). It cannot acknowledge,
/// so the barrier stays shut and the hold takes its full time. The same is true in a network too large for a mesh. While there is no other node,
/// every batch is complete at once.
/// </para>
/// </summary>
internal sealed class HoldBarrier(ExchangeContext context)
{
    private ulong _complete;

    /// <summary>The last batch published in this epoch.</summary>
    public ulong Published { get; set; }

    /// <summary>Whether no neighbour is live, so that there is nothing to wait for.</summary>
    public bool IsAlone => context.Links.Ready.TrueForAll(IsSilent) && !context.Origins.Any(IsLiveWithoutLink);

    public void StartEpoch()
    {
        Published = 0;
        _complete = 0;
        foreach (var link in context.Links.All)
            link.Hold.Forget();
        foreach (var origin in context.Origins)
            origin.HoldComplete = 0;
    }

    /// <summary>The barrier waits for a new neighbour from the next batch on; earlier batches reach it as repairs. A neighbour that reconnects within <see cref="ExchangeSettings.SilentAfter"/> keeps its place in the barrier.</summary>
    public void Join(Link link)
    {
        var twin = context.Links.Ready.Find(other => other != link && other.Member.Origin == link.Member.Origin);
        var before = context.Find(link.Member.Origin) is { } origin && IsRecent(origin.LastHeard) ? origin.HoldComplete : Published;
        link.Hold.Complete = Math.Min(twin?.Hold.Complete ?? before, Published);
    }

    public void OnHeard(Link link, HeardFrame frame, ulong epoch)
    {
        if (frame.Epoch == epoch && frame.Seq <= Published)
            link.Hold.Heard(frame.Seq, frame.OwnEpoch, frame.OwnSeq);
    }

    public void Update()
    {
        if (_complete == Published)
            return; // nothing waits
        var complete = Published;
        foreach (var link in context.Links.Ready)
        {
            if (IsSilent(link))
                continue;
            link.Hold.Advance(context.Find(link.Member.Origin));
            complete = Math.Min(complete, link.Hold.Complete);
        }

        if (_complete >= complete || !context.IsMesh || context.Origins.Any(IsLiveWithoutLink))
            return;
        _complete = complete;
        context.Effects.Add(new HoldComplete(complete));
    }

    private bool IsSilent(Link link) => !IsRecent(link.LastReceived);

    // Whether an origin without a link may still count: its last link ended a moment ago, or its batches arrive by way of others. Such an origin may count again after a pause.
    private bool IsLiveWithoutLink(OriginState origin) =>
        (IsRecent(origin.LastHeard) || (origin.LastBatch > origin.LastHeard && context.Now - origin.LastBatch <= context.Settings.KeepFor))
        && origin.Id != context.Self.Origin && !origin.Evicted && context.Links.Of(origin.Id) is null;

    private bool IsRecent(long moment) => context.Now - moment <= context.Settings.SilentAfter;
}
