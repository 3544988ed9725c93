namespace ThrottleNet.Protocol.Exchange;

/// <summary>Ends links, and removes what the parts of the exchange keep of them.</summary>
internal sealed class LinkCloser(ExchangeContext context, ViewKeeper view, SnapshotServer snapshotServer)
{
    /// <summary>Says goodbye on a link and ends it.</summary>
    /// <param name="why">For the log; null for the reason itself.</param>
    public void Drop(Link link, GoodbyeReason reason, string? why = null)
    {
        context.Send(link, new GoodbyeFrame(reason));
        context.Effects.Add(new DropLink(link.Id, reason));
        if (reason is GoodbyeReason.Malformed or GoodbyeReason.OverBudget or GoodbyeReason.WrongIdentity or GoodbyeReason.WrongNetwork or GoodbyeReason.WrongVersion)
            context.Note(ExchangeFact.PeerRefused, link.Member.Origin, reason.ToString());
        Remove(link, reason, why ?? reason.ToString());
    }

    /// <summary>Removes a link that has ended.</summary>
    /// <param name="why">For the log.</param>
    public void Remove(Link link, GoodbyeReason reason, string why)
    {
        if (!context.Links.Remove(link))
            return;
        if (link.Ready && context.Links.Of(link.Member.Origin) is null)
            context.Find(link.Member.Origin)?.Left(link);
        view.Left(link, reason);
        snapshotServer.Left(link.Id);
        context.Note(ExchangeFact.PeerLeft, link.Member.Origin, why);
    }
}
