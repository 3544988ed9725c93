using System.Collections.Immutable;
using System.Runtime.InteropServices;
using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.Protocol.Exchange;

/// <summary>
/// Plumtree (Leitão, Pereira, Rodrigues, SRDS 2007) with a tree for each origin. A batch goes to the eager links of its
/// origin and is announced on the lazy ones. A duplicate makes its link lazy. A missing batch makes the link that announced it
/// eager. A tree for each origin costs one bit for each link and origin, gives each origin its shortest paths, and keeps
/// origins that publish at the same time from pruning each other's links.
/// </summary>
internal sealed class Spreading(ExchangeContext context, Repairs repairs)
{
    /// <summary>Forwards a batch that is new here.</summary>
    /// <param name="age">For a repair, milliseconds since it was published: a node without an estimate of the origin's clock would take it for new.</param>
    public void Forward(OriginState origin, Batch batch, Link? from, uint age = 0)
    {
        DeliveryFrame? delivery = null;
        foreach (var link in context.Links.Ready)
        {
            if (link == from || link.Member.Origin == origin.Id)
                continue;
            if ((origin.Lazy & link.Bit) == 0)
                context.Send(link, origin, delivery ??= new DeliveryFrame(batch, Repair: false, age));
            else
                link.Announcements.Add(batch.AnnounceId);
        }
    }

    /// <summary>A link delivered a new batch.</summary>
    public void Accepted(OriginState origin, Batch batch, Link from, bool repair)
    {
        if (repairs.Arrived(batch.AnnounceId, from) || !repair)
            origin.Lazy &= ~from.Bit;
    }

    /// <summary>A link delivered, unasked, a batch that was applied already.</summary>
    public static void Duplicate(OriginState origin, Link from)
    {
        origin.Lazy |= from.Bit;
        from.Prunes.Add(origin.Id);
    }

    public void OnAnnounce(Link link, AnnounceFrame frame)
    {
        foreach (var id in frame.Ids)
            repairs.Announced(link, id);
    }

    public void OnGraft(Link link, GraftFrame frame)
    {
        foreach (var id in frame.Ids)
        {
            if (context.Kept.Find(id) is not { } kept || context.Find(kept.Batch.Key.Origin) is not { } origin)
                continue;
            origin.Lazy &= ~link.Bit;
            context.SendRepair(link, origin, kept);
        }
    }

    public void OnPrune(Link link, PruneFrame frame)
    {
        foreach (var id in frame.Origins)
        {
            if (context.Find(id) is { } origin)
                origin.Lazy |= link.Bit;
        }
    }

    /// <summary>A new link took a place that an earlier link had.</summary>
    public void Join(Link link)
    {
        foreach (var origin in context.Origins)
        {
            origin.Lazy = (origin.Lazy & ~link.Bit) | (context.StartsLazy(origin.Id) & link.Bit);
            origin.Introduced &= ~link.Bit;
        }
    }

    /// <summary>The network has become too large for the mesh, or small enough for it again: all trees are built anew.</summary>
    public void Restart()
    {
        foreach (var origin in context.Origins)
            origin.Lazy = context.StartsLazy(origin.Id);
    }

    public void Tick()
    {
        foreach (var link in context.Links.Ready)
        {
            if (link.Announcements.Count > 0)
            {
                foreach (var chunk in link.Announcements.Chunk(ExchangeLimits.AnnounceIds))
                    context.Send(link, new AnnounceFrame(ImmutableCollectionsMarshal.AsImmutableArray(chunk)));
                link.Announcements.Clear();
            }

            if (link.Prunes.Count > 0)
            {
                foreach (var chunk in link.Prunes.Chunk(ExchangeLimits.PruneOrigins))
                    context.Send(link, new PruneFrame(ImmutableArray.Create(chunk)));
                link.Prunes.Clear();
            }
        }

        repairs.Tick();
    }
}
