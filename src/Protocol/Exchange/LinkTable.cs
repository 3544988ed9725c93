using System.Numerics;
using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.Protocol.Exchange;

/// <summary>The links of a node: at most 64, so that a set of links fits into 64 bits.</summary>
internal sealed class LinkTable
{
    public const int MaxLinks = 64;

    private readonly Dictionary<LinkId, Link> _byId = [];
    private readonly List<Link> _ready = [];
    private ulong _free = ulong.MaxValue;

    public int Count => _byId.Count;

    public IReadOnlyCollection<Link> All => _byId.Values;

    /// <summary>Links on which both ends have sent their hello, in the order in which that happened.</summary>
    public List<Link> Ready => _ready;

    /// <summary>The lowest free place, or -1.</summary>
    public int FreeSlot => _free == 0 ? -1 : BitOperations.TrailingZeroCount(_free);

    /// <summary>Links of one origin that have sent no hello.</summary>
    public int Joining(OriginId origin) => _byId.Values.Count(l => !l.Ready && l.Member.Origin == origin);

    /// <summary>The link that has been without a hello for longest.</summary>
    public Link? OldestJoining => _byId.Values.Where(l => !l.Ready).MinBy(l => l.Since);

    public Link? Find(LinkId id) => _byId.GetValueOrDefault(id);

    public Link? Of(OriginId origin)
    {
        foreach (var link in _ready)
        {
            if (link.Member.Origin == origin)
                return link;
        }

        return null;
    }

    public void Add(Link link)
    {
        _byId.Add(link.Id, link);
        _free &= ~link.Bit;
    }

    public void SetReady(Link link)
    {
        link.Ready = true;
        _ready.Add(link);
    }

    public bool Remove(Link link)
    {
        if (!_byId.Remove(link.Id))
            return false;
        _ready.Remove(link);
        _free |= link.Bit;
        return true;
    }
}
