using System.Security.Cryptography;
using ThrottleNet.Counting.Batches;
using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.Protocol.Exchange;

/// <summary>Checks certificates and batches that neighbours pass on, and applies each batch exactly once. Gives a reason if the neighbour is to be dropped.</summary>
internal sealed class Intake(ExchangeContext context, Spreading spreading, Evictions evictions, Publisher publisher, MemberAdmission admit)
{
    // Invalid certificates tolerated from one neighbour: by its clock they may expire a little later than by ours.
    private const int MaxBadCredentials = 16;

    // Hashes of accepted certificates: checking one takes a thousand times longer than finding it here.
    private readonly HashSet<OriginId> _admitted = [];

    public GoodbyeReason? OnCredential(Link link, CredentialFrame frame)
    {
        var hash = OriginId.Read(SHA256.HashData(frame.Certificate.Span));
        if (_admitted.Contains(hash))
            return null;
        if (admit(frame.Certificate) is not { } member)
        {
            context.Note(ExchangeFact.UnknownOrigin, link.Member.Origin, "passed on a certificate that is not of this network, or no longer valid");
            return ++link.BadCredentials > MaxBadCredentials ? GoodbyeReason.Malformed : null;
        }

        if (context.FindOrAdd(member.Origin) is { } origin)
        {
            _admitted.Add(hash);
            origin.Learn(member);
            origin.Introduced |= link.Bit;
        }

        return null;
    }

    /// <summary>Whether a neighbour's certificate would be accepted now.</summary>
    public bool Admits(Member member) => admit(member.Certificate) is not null;

    /// <summary>The authority or the credentials have changed: all certificates are checked again, those that are known and those that will come.</summary>
    public void Recheck()
    {
        _admitted.Clear();
        foreach (var origin in context.Origins.Where(o => o.Id != context.Self.Origin && o.Member is { } member && admit(member.Certificate) is null))
        {
            origin.Forget();
            if (!origin.Evicted && context.Links.Of(origin.Id) is null)
                context.MarkUnverified(origin);
        }
    }

    public GoodbyeReason? OnDelivery(Link link, DeliveryFrame frame)
    {
        var batch = frame.Batch;
        var key = batch.Key;
        if (context.Find(key.Origin) is not { Member: { } member } origin || !origin.IsCertified(context.TimeOfDay))
        {
            context.Note(ExchangeFact.UnknownOrigin, key.Origin, "a batch came before the certificate, or after its end");
        }
        else if (origin.Evicted)
        {
            return null;
        }
        else if (origin.IsOldEpoch(key.Epoch, context.Now))
        {
            context.Note(ExchangeFact.OldEpoch, key.Origin, key.ToString());
        }
        else if (origin.Contains(key.Epoch, key.Seq))
        {
            if (context.Kept.Find(key) is { } first && !first.Batch.SaysTheSameAs(batch))
                return evictions.OnProof(link, new EquivocationFrame(new EquivocationProof(first.Batch, batch)));
            if (!frame.Repair)
                Spreading.Duplicate(origin, link);
        }
        else if (!origin.MaySpendRows(context.Now))
        {
            context.Note(ExchangeFact.OriginOverBudget, key.Origin, key.ToString());
        }
        else if (!batch.IsSignedBy(member.Verify))
        {
            context.Note(ExchangeFact.BadSignature, link.Member.Origin, key.ToString());
            return GoodbyeReason.Malformed; // the neighbour should have checked the signature itself
        }
        else if (batch.Counts is not { } counts)
        {
            origin.SpendRows(context.Now, 0); // a checked signature costs budget even if the batch is malformed, because the batch may be sent again
            context.Note(ExchangeFact.BadBody, key.Origin, key.ToString());
        }
        else if (context.Unordered < context.Settings.MaxUnordered && origin.Open(key.Epoch, context.Now)?.TryAdd(key.Seq) == true)
        {
            spreading.Accepted(origin, batch, link, frame.Repair);
            Apply(link, origin, frame, counts);
        }

        return null;
    }

    private void Apply(Link link, OriginState origin, DeliveryFrame frame, BatchCounts counts)
    {
        var now = context.Now;
        var batch = frame.Batch;
        var settings = context.Settings;
        var age = Math.Min(frame.Age, settings.MaxAge);
        var timeOfDay = frame.Repair || age > 0
            ? origin.CorrectKept(context.TimeOfDay, age, batch.Time, settings.MaxSkew)
            : origin.Correct(context.TimeOfDay, batch.Time, settings.MaxSkew);
        var time = timeOfDay - context.ClockOffset;
        origin.SpendRows(now, counts.Count);
        if (origin.Skew is { } skew && Math.Abs(skew) > settings.MaxSkew)
            context.Note(ExchangeFact.ClockDiffers, origin.Id, $"{TimeSpan.FromSeconds(Math.Abs(skew) / 1000)} {(skew > 0 ? "ahead of" : "behind")}");
        if (now - time > settings.MaxAge)
        {
            context.Note(ExchangeFact.TooOld, origin.Id, batch.Key.ToString());
            return;
        }

        origin.Came(now, origin.PublishedAt(now, time, settings.MaxSkew));
        context.Consider(origin);
        context.Operators[origin.Member!.Operator] = now;
        context.Kept.Add(batch, time, now);
        if (context.Settings.IsGateway)
        {
            origin.Await(batch.Key.Epoch, batch.Key.Seq);
            context.Unordered++;
        }

        context.Effects.Add(new ApplyBatch(batch.Key, origin.Member.Operator, counts, time));
        spreading.Forward(origin, batch, link, age > 0 ? (uint)(now - time) : 0);
        if (origin.Id == context.Self.Origin)
            publisher.SeenOwn(batch.Key);
        else if (!context.Settings.IsGateway && context.IsMesh && context.Links.Of(origin.Id) is { } direct)
            publisher.SendAck(direct);
    }
}
