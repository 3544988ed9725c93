using System.Collections.Immutable;
using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.Protocol.Exchange;

/// <summary>
/// Finds batches that spreading missed, and asks for them: digests, wants and their answers. A digest lists the origins that published
/// lately; no node keeps batches of the others.
/// </summary>
internal sealed class AntiEntropy(ExchangeContext context, Repairs repairs)
{
    // Up to this many missing batches of one origin, and for this many milliseconds after its last batch, the tree may still deliver them.
    // Such batches are treated like announced ones: the node waits before it asks for them.
    private const uint InFlight = 2;
    private const int OnItsWay = 2000;

    // The most batches looked up for one frame. A neighbour that needs more asks again.
    private const int MaxLookups = 8192;

    // The cost of work for a neighbour in its answer budget, in octets: looking up a batch by its key; looking it up by the hash of its key
    // too; comparing a digest with one known origin, which may become part of the answer.
    private const int LookupCost = 64;
    private const int HashCost = 256;
    private const int OriginCost = 64;

    // Index of the first origin of the next digest, when the origins do not fit into one.
    private int _turn;

    /// <summary>Raised when only a snapshot can close a gap.</summary>
    public bool SnapshotNeeded { get; set; }

    public void SendDigest(Link link)
    {
        var recent = context.Origins.Where(IsRecent).ToList();
        if (recent.Count > ExchangeLimits.AppliedRanges / 2)
        {
            // Leaves room for two epochs of each origin.
            var part = ExchangeLimits.AppliedRanges / 2;
            recent = [.. Enumerable.Range(0, part).Select(i => recent[(_turn + i) % recent.Count])];
            _turn += part;
        }

        if (recent.Count > 0)
            context.Send(link, new DigestFrame([.. recent.SelectMany(o => o.AppliedRanges())], Answer: false));
    }

    public void OnDigest(Link link, DigestFrame frame)
    {
        var wanted = new List<SeqRange>();
        var lookups = MaxLookups;
        var isAnswered = !frame.Answer && link.TryAnswer(context.Now, (double)OriginCost * context.Origins.Count);
        var lacking = !isAnswered ? null : new HashSet<OriginId>(context.Origins.Where(IsRecent).Select(o => o.Id));
        foreach (var theirs in frame.AppliedRanges)
        {
            var origin = context.Find(theirs.Origin);
            if (origin is { Evicted: true } || (origin?.IsOldEpoch(theirs.Epoch, context.Now) ?? false))
                continue;
            var window = origin?.WindowOf(theirs.Epoch);
            if (lookups > 0 && repairs.HasRoom(link))
                lookups -= AddMissing(link, theirs, window, wanted);
            if (window is not null && origin!.Epoch == theirs.Epoch && !Lacks(theirs, window, context.Now - origin.LastBatch))
                lacking?.Remove(theirs.Origin);
        }

        foreach (var chunk in wanted.Chunk(ExchangeLimits.Ranges))
            context.Send(link, new WantFrame(ImmutableArray.Create(chunk)));
        if (lacking is { Count: > 0 })
        {
            var ranges = lacking.Select(id => context.Find(id)!).SelectMany(o => o.AppliedRanges()).Take(ExchangeLimits.AppliedRanges);
            context.Send(link, new DigestFrame([.. ranges], Answer: true));
        }
    }

    public void OnWant(Link link, WantFrame frame)
    {
        var gone = ImmutableArray.CreateBuilder<SeqRange>();
        var lookups = MaxLookups;
        foreach (var range in Merged(frame.Ranges))
        {
            if (context.Find(range.Origin) is not { Evicted: false } origin)
                continue;
            var count = (int)Math.Min((ulong)lookups, range.Last - range.First + 1);
            if (count == 0 || !link.TryAnswer(context.Now, LookupCost * count))
                break;
            lookups -= count;
            SeqRange? lost = null;
            for (var i = 0; i < count; i++)
            {
                var seq = range.First + (ulong)i;
                if (!origin.Contains(range.Epoch, seq))
                    continue;
                if (context.Kept.Find(new BatchKey(range.Origin, range.Epoch, seq)) is { } kept)
                    context.SendRepair(link, origin, kept);
                else
                    lost = (lost ?? range with { First = seq }) with { Last = seq };
            }

            if (lost is { } missing)
                gone.Add(missing);
        }

        if (gone.Count > 0)
            context.Send(link, new UnavailableFrame(gone.ToImmutable()));
    }

    public void OnUnavailable(UnavailableFrame frame)
    {
        foreach (var range in frame.Ranges)
        {
            if (context.Find(range.Origin)?.WindowOf(range.Epoch) is { } window && window.Contiguous < range.Last)
                SnapshotNeeded = true;
        }
    }

    public void GiveUpGaps()
    {
        foreach (var origin in context.Origins)
        {
            if (origin.GiveUpGaps(context.Now, context.Settings.KeepFor))
                context.Note(ExchangeFact.BatchesLost, origin.Id);
        }
    }

    // Sends the batches in order, each once, even if the want names it twice.
    private static IEnumerable<SeqRange> Merged(ImmutableArray<SeqRange> ranges)
    {
        var done = default(SeqRange);
        foreach (var range in ranges.OrderBy(r => r.Origin).ThenBy(r => r.Epoch).ThenBy(r => r.First))
        {
            var isSame = range.Origin == done.Origin && range.Epoch == done.Epoch;
            if (isSame && range.Last <= done.Last)
                continue;
            yield return isSame && range.First <= done.Last ? range with { First = done.Last + 1 } : range;
            done = range;
        }
    }

    private bool IsRecent(OriginState origin) =>
        !origin.Evicted && origin.LastBatch != 0 && context.Now - origin.LastBatch < context.Settings.KeepFor + context.Settings.DigestInterval;

    // Whether a neighbour lacks more batches than may still be on their way to it.
    private static bool Lacks(in AppliedRange theirs, ReplayWindow window, long sinceLast) =>
        window.Highest > theirs.Contiguous + (sinceLast > OnItsWay ? 0u : InFlight);

    // Returns the number of batches looked up.
    private int AddMissing(Link link, in AppliedRange theirs, ReplayWindow? window, List<SeqRange> wanted)
    {
        var top = theirs.Highest;
        var below = window?.Contiguous ?? 0;
        if (below >= top)
            return 0;
        if (top - below > ReplayWindow.Width)
        {
            SnapshotNeeded = true;
            below = top - ReplayWindow.Width;
        }

        var missing = new List<ulong>();
        for (var above = 1ul; above <= top - below; above++)
        {
            if (theirs.Contains(below + above) && window?.Contains(below + above) != true)
                missing.Add(below + above);
        }

        if (!link.TryAnswer(context.Now, HashCost * missing.Count))
            return MaxLookups; // looks up nothing more for this frame

        if (missing.Count <= InFlight)
        {
            foreach (var seq in missing)
                repairs.Announced(link, new BatchKey(theirs.Origin, theirs.Epoch, seq).ToAnnounceId());
            return missing.Count;
        }

        foreach (var seq in missing)
        {
            if (!repairs.TryAsk(link, new BatchKey(theirs.Origin, theirs.Epoch, seq).ToAnnounceId()))
                continue;
            if (wanted.Count > 0 && wanted[^1] is var last && last.Origin == theirs.Origin && last.Epoch == theirs.Epoch && last.Last == seq - 1)
                wanted[^1] = last with { Last = seq };
            else
                wanted.Add(new SeqRange(theirs.Origin, theirs.Epoch, seq, seq));
        }

        return missing.Count;
    }
}
