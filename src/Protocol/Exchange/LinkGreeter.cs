namespace ThrottleNet.Protocol.Exchange;

/// <summary>Accepts or refuses new links: by the certificate when a connection is open, and by the hello when that comes.</summary>
internal sealed class LinkGreeter(ExchangeContext context, LinkCloser closer, ViewKeeper view, Spreading spreading, HoldBarrier barrier)
{
    // A hello is the first frame, so one round trip is enough for it. After this time a link without one gives its place to a new link.
    private const int HelloGrace = 1000;

    // The most links of one node without a hello: two nodes may call each other at the same time.
    private const int MaxJoining = 2;

    /// <inheritdoc cref="ExchangeCore.LinkUp"/>
    public void Open(LinkId id, Member member, string? connectedTo, ulong epoch)
    {
        if (connectedTo is not null)
            view.Connected(connectedTo, member.Origin);
        if (Unwanted(member) is { } reason)
        {
            if (connectedTo is not null)
                view.Unwanted(member.Origin);
            context.Effects.Add(new SendTo(id, new GoodbyeFrame(reason)));
            context.Effects.Add(new DropLink(id, reason));
            return;
        }

        var slot = context.Links.FreeSlot;
        var settings = context.Settings;
        var origin = context.FindOrAdd(member.Origin);
        origin?.Learn(member);
        var link = new Link(id, slot, member, connectedTo is not null, context.Now, origin?.BudgetOf(settings) ?? new PeerBudget(settings)) { Address = connectedTo ?? "" };
        context.Links.Add(link);
        context.Send(link, new HelloFrame(
            ExchangeLimits.Version, ExchangeLimits.Version, settings.Network, context.Self.Origin, epoch, settings.Address, context.Links.Ready.Count == 0));
    }

    /// <summary>Handles a hello; false if the link was dropped.</summary>
    public bool TryJoin(Link link, HelloFrame frame)
    {
        if (RefusalOf(link, frame) is { } refusal)
        {
            closer.Drop(link, refusal);
            return false;
        }

        link.ReportedAddress = frame.Address;
        context.Links.SetReady(link);
        spreading.Join(link);
        barrier.Join(link);
        view.Joined(link);
        context.Note(ExchangeFact.PeerJoined, link.Member.Origin, $"{frame.Address}, epoch {frame.Epoch}");
        if (view.Surplus(link, frame.Urgent) is not { } surplus)
            return true;
        closer.Drop(surplus.Link, surplus.Reason);
        return surplus.Link != link;
    }

    private GoodbyeReason? RefusalOf(Link link, HelloFrame frame) =>
        link.Ready ? GoodbyeReason.Malformed
        : frame.Network != context.Settings.Network ? GoodbyeReason.WrongNetwork
        : frame.Version < ExchangeLimits.Version || frame.OldestVersion > ExchangeLimits.Version ? GoodbyeReason.WrongVersion
        : frame.Node != link.Member.Origin ? GoodbyeReason.WrongIdentity
        : context.Find(link.Member.Origin) is { Evicted: true } ? GoodbyeReason.Evicted // evicted after the link came up
        : null;

    // The reason to refuse a link with a member; null to accept it. When all places are taken, a link that has not said hello makes room.
    private GoodbyeReason? Unwanted(Member member)
    {
        if (context.Find(member.Origin) is { Evicted: true })
            return GoodbyeReason.Evicted;
        if (member.Origin == context.Self.Origin)
            return GoodbyeReason.WrongIdentity;
        if (context.Links.Joining(member.Origin) >= MaxJoining)
            return GoodbyeReason.Duplicate;
        if (context.Links.FreeSlot < 0 && context.Links.OldestJoining is { } idle && context.Now - idle.Since >= HelloGrace)
            closer.Drop(idle, GoodbyeReason.ViewFull);
        return context.Links.FreeSlot < 0 ? GoodbyeReason.ViewFull : null;
    }
}
