namespace ThrottleNet.Protocol.Exchange;

/// <summary>
/// When a decision has waited long enough. An attempt in our batch s may be judged once every live node (a) has
/// applied our batches up to s, and (b) whatever it had counted when it did is applied here: each neighbour says both
/// in <see cref="AckFrame"/>. Then of any two attempts at two nodes at least one decision knows the other attempt,
/// and a decision knows every attempt that was registered anywhere before its own; so a spray lets no more through
/// than a burst at one node.
/// <para>
/// Live is a linked node that said something within <see cref="ExchangeSettings.SilentAfter"/>; a silent one is not
/// waited for. A node without a link that published after the last word from it over one (a cut between two nodes of a mesh)
/// cannot say what it heard, so the barrier stays shut and the hold takes its full time; and so it does in a network too large
/// for a mesh. For a node that is alone every batch is complete at once.
/// </para>
/// </summary>
internal sealed class HoldBarrier(ExchangeContext context)
{
    private ulong _complete;

    /// <summary>The last batch published in this epoch.</summary>
    public ulong Published { get; set; }

    /// <summary>There is nobody to hear us, nor to wait for.</summary>
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

    /// <summary>A new neighbour is waited for from the next batch on: earlier ones it gets as history. One that is back at once is waited for as before.</summary>
    public void Join(Link link)
    {
        var twin = context.Links.Ready.Find(other => other != link && other.Member.Origin == link.Member.Origin);
        var before = context.Find(link.Member.Origin) is { } origin && IsRecent(origin.LastReceived) ? origin.HoldComplete : Published;
        link.Hold.Complete = Math.Min(twin?.Hold.Complete ?? before, Published);
    }

    public void OnAck(Link link, AckFrame frame, ulong epoch)
    {
        if (frame.Epoch == epoch && frame.Seq <= Published)
            link.Hold.Acknowledged(frame.Seq, frame.OwnEpoch, frame.OwnSeq);
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

    // One that was linked and has gone says nothing any more; one that others still hear of may be quiet for a while, and count again at any moment.
    private bool IsLiveWithoutLink(OriginState origin) =>
        (IsRecent(origin.LastReceived) || (origin.LastBatch > origin.LastReceived && context.Now - origin.LastBatch <= context.Settings.KeepFor))
        && origin.Id != context.Self.Origin && !origin.Evicted && context.Links.Of(origin.Id) is null;

    private bool IsRecent(long moment) => context.Now - moment <= context.Settings.SilentAfter;
}
