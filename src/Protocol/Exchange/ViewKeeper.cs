using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.Protocol.Exchange;

/// <summary>
/// Chooses the neighbours. In a small network a node links with every other node; in a large one with a few at random, after HyParView
/// (Leitão, Pereira, Rodrigues, DSN 2007), with three simplifications. Shuffles go to neighbours directly. A new node finds its neighbours
/// in the first shuffle instead of by random walks. Each node replaces one link now and then, which mixes the overlay and joins
/// its parts again after a network cut.
/// </summary>
internal sealed class ViewKeeper(ExchangeContext context)
{
    private const int MaxConnectsAtOnce = 4;
    private const int ConnectPatience = 10_000;
    private const int RotateInterval = 60_000;
    private const int ShuffleSample = 16;

    // The cost of a shuffle in the answer budget, in octets: about 16 contacts are sent, and each contact received is searched for in the book.
    private const int ShuffleCost = 16 * 1024;

    // The node counts at which a node leaves the mesh and returns to it differ, so that one node that comes and goes changes nothing.
    private const double ReturnShare = 0.8;

    private readonly ContactBook _book = new(context);
    private long _nextRotation;

    public void Know(IEnumerable<string> seeds) => _book.Know(seeds);

    public void Failed(string address) => _book.Failed(address);

    /// <summary>Chooses a link to drop after a new one came up; null for none. It may be the new one.</summary>
    public (Link Link, GoodbyeReason Reason)? Surplus(Link link, bool urgent)
    {
        var twin = context.Links.Ready.FirstOrDefault(other => other != link && other.Member.Origin == link.Member.Origin);
        if (twin is not null)
            return (Worse(twin, link), GoodbyeReason.Duplicate);
        if (context.IsMesh || context.Links.Ready.Count <= context.Settings.ViewSize)
            return null;
        var makesRoom = link.Outgoing || urgent ? RandomLink(link) : null;
        return (makesRoom ?? link, GoodbyeReason.ViewFull);
    }

    /// <summary>A connect succeeded. The node's hello may name another address than the one called.</summary>
    public void Connected(string address, OriginId origin) => _book.Connected(address, origin);

    /// <summary>This node must not link with that node now.</summary>
    public void Unwanted(OriginId origin) => _book.Postpone(origin);

    public void Joined(Link link)
    {
        _book.Linked(link.ReachedAt, link.Member.Origin);
        context.Send(link, Sample(answer: false));
    }

    public void OnShuffle(Link link, ShuffleFrame frame)
    {
        if (!link.TryAnswer(context.Now, ShuffleCost))
            return;
        if (!frame.Answer)
            context.Send(link, Sample(answer: true));
        foreach (var contact in frame.Contacts)
            _book.Learn(contact);
    }

    /// <summary>A link ended. The reason decides how soon its other end may be called again.</summary>
    public void Left(Link link, GoodbyeReason reason)
    {
        if (reason == GoodbyeReason.ViewFull)
            _book.Postpone(link.Member.Origin);
        else if (!link.Ready || reason is not (GoodbyeReason.Unspecified or GoodbyeReason.Shutdown or GoodbyeReason.Duplicate or GoodbyeReason.Silent))
            _book.Failed(link.Member.Origin);
    }

    public void Shuffle()
    {
        if (RandomLink(null) is { } link)
            context.Send(link, Sample(answer: false));
    }

    /// <summary>Called once a second. Gives a link to close if there are too many; true in <paramref name="reshaped"/> on a change between mesh and trees.</summary>
    public Link? Tick(out bool reshaped)
    {
        var limit = context.Settings.MeshLimit * (context.IsMesh ? 1 : ReturnShare);
        var crowd = _book.Alive + 1;
        if (crowd <= limit)
            crowd = Math.Max(crowd, context.Origins.Count(IsAlive) + 1);
        var mesh = crowd <= limit;
        reshaped = mesh != context.IsMesh;
        context.IsMesh = mesh;

        var wanted = mesh ? LinkTable.MaxLinks : context.Settings.ViewWanted;
        var rotate = !mesh && context.Now >= _nextRotation;
        if (rotate)
        {
            wanted = context.Links.Count + 1;
            _nextRotation = context.Now + (RotateInterval / 2) + context.Random.Next(RotateInterval);
        }

        var connecting = _book.Connecting(ConnectPatience);
        var lacking = Math.Min(MaxConnectsAtOnce, wanted - context.Links.Count - connecting);
        foreach (var address in _book.Choose(lacking))
            context.Effects.Add(new Connect(address));
        return !mesh && context.Links.Ready.Count > context.Settings.ViewSize ? RandomLink(null) : null;
    }

    private bool IsAlive(OriginState origin) =>
        origin.Id != context.Self.Origin && !origin.Evicted
        && (context.Now - origin.LastBatch < context.Settings.KeepFor || context.Links.Of(origin.Id) is not null);

    private ShuffleFrame Sample(bool answer)
    {
        var contacts = _book.Sample(ShuffleSample);
        if (context.Settings.Address.Length > 0)
            contacts.Add(new Contact(context.Settings.Address, context.Self.Origin));
        return new ShuffleFrame([.. contacts], answer);
    }

    // Both ends must close the same link. Of two links opened by different ends they close the one that the higher origin opened. Of two links
    // opened by the same end they close the older one, which is probably dead.
    private Link Worse(Link older, Link newer)
    {
        if (older.Outgoing == newer.Outgoing)
            return older;
        var outgoingStays = context.Self.Origin < newer.Member.Origin;
        return older.Outgoing == outgoingStays ? newer : older;
    }

    private Link? RandomLink(Link? except)
    {
        var ready = context.Links.Ready;
        if (ready.Count - (except is null ? 0 : 1) <= 0)
            return null;
        var index = context.Random.Next(ready.Count - (except is null ? 0 : 1));
        return ready[index] == except ? ready[^1] : ready[index];
    }
}
