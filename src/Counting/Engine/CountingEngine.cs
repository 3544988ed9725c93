using ThrottleNet.Counting.Batches;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting;

/// <summary>
/// Counts what untrusted hosts try to send, at this node and, as others report it, at all nodes, and judges it. The only owner of these counts.
/// Thread-safe; memory only, never waits. Moments are milliseconds since 1970.
/// </summary>
/// <remarks>
/// A recipient is registered when it arrives, and judged after the hold: this node's own count as it stood at registration (so the first ten of
/// a burst pass), others' counts as known at the judgement.
/// </remarks>
public sealed class CountingEngine
{
    private const ulong ThinningDraw = 1;
    private const ulong RetryDraw = 2;

    private volatile CountingLimits _limits;
    private volatile Judge _judge;
    private volatile uint _retryQuarters;
    private readonly ISharedCounts? _shared;
    private readonly PendingRetries _pending = new();
    private readonly Lock _retryGate = new();

    /// <param name="now">When the node's memory of hosts begins, unless a snapshot says otherwise.</param>
    /// <param name="faults">Fault tolerance of reports; null on a node without an exchange.</param>
    /// <param name="shared">Takes what this node counts to the others; null likewise.</param>
    /// <param name="secret">What outsiders must not know: it decides draws. Null for a random one.</param>
    public CountingEngine(CountingLimits limits, long now, FaultTolerance? faults = null, ISharedCounts? shared = null, ulong? secret = null)
    {
        _limits = limits;
        _judge = new Judge(limits);
        _retryQuarters = QuartersOf(limits);
        _shared = shared;
        Ledger = new Ledger(limits, faults ?? FaultTolerance.None);
        Ledger.Rules.MemorySince = now;
        Retries = secret is { } word
            ? new RetryMemory(limits.MaxEnvelopes, limits.RetryWindow, new RetrySecret(word, (word * 0x9e37_79b9_7f4a_7c15) | 1))
            : new RetryMemory(limits.MaxEnvelopes, limits.RetryWindow);
        IsWarm = !Ledger.Rules.IsWarming(now);
    }

    /// <summary>The other operators; their number bounds how many reports are lowered or left out.</summary>
    public ActiveOperators Operators
    {
        get => Ledger.Rules.Heard;
        set => Ledger.Rules.Heard = value;
    }

    /// <summary>Rows in all tables.</summary>
    public int Rows => Ledger.Shards.Rows;

    internal Ledger Ledger { get; }

    /// <summary>The warm-up is over, and the hosts that were old enough at its end have standing.</summary>
    internal bool IsWarm { get; private set; }

    internal RetryMemory Retries { get; set; }

    /// <summary>Counts and judges by other limits from now on. The warm-up, the memory of retries and the sizes of tables stay as they are.</summary>
    public void Adopt(CountingLimits limits)
    {
        Ledger.Rules.Adopt(limits);
        _limits = limits with { WarmUp = _limits.WarmUp, RetryWindow = _limits.RetryWindow, MaxEnvelopes = _limits.MaxEnvelopes, MaxRows = _limits.MaxRows };
        _judge = new Judge(_limits);
        _retryQuarters = QuartersOf(limits);
    }

    /// <summary>The keyed hash of an envelope, for <see cref="Register"/>.</summary>
    /// <param name="reversePath">Null for the null reverse-path; in one canonical form, as is the recipient.</param>
    public ulong Hash(IpBlock host, in MailboxParts? reversePath, in MailboxParts recipient) => Retries.Key.Hash(host, reversePath, recipient);

    /// <summary>Whether a host that connects is to be turned away with 421 at once; lets a host in again when its rate is under its limit.</summary>
    public bool IsRefusedAtConnect(IpBlock host, long now, out Verdict verdict)
    {
        var counts = Ledger.ReadHost(host, now);
        if (!counts.Refused && counts.PerHour < Math.Min(_judge.GuessesFrom, _judge.RejectsFrom))
        {
            verdict = new Verdict(VerdictAction.Forward, VerdictReason.PersonRate);
            return false;
        }

        var evidence = Ledger.Read(host, now, _judge.GuessesFrom, _judge.RejectsFrom, thinsAll: false);
        LetInIfCalm(ref evidence);
        verdict = _judge.AtConnect(evidence);
        return verdict.Action == VerdictAction.Refuse;
    }

    /// <summary>Counts one recipient, before any answer to it. Trusted hosts' recipients are not to be registered.</summary>
    /// <param name="envelope">As <see cref="Hash"/> gives it.</param>
    /// <param name="first">The first recipient of the same transaction; null for that one itself.</param>
    public Attempt Register(IpBlock host, ulong envelope, bool toPostmaster, long now, in Attempt? first = null)
    {
        // The rows arrive while the retry memory is searched: in a big ledger both are waits for memory.
        var place = Ledger.Fetch(host);
        var kind = Retries.Note(envelope, now);
        var units = kind switch { AttemptKind.New => 1, AttemptKind.Impatient or AttemptKind.Undelivered => _limits.RetryWeight, _ => 0 };
        var freeIfOver = kind is AttemptKind.Impatient or AttemptKind.Undelivered || (kind == AttemptKind.New && first is not null);
        var registration = Ledger.AddOwn(place, units, now, climbs: !host.IsQuota, freeIfOver);
        if (kind == AttemptKind.Patient)
        {
            _pending.Note(host.Key, own: 1, others: 0, now);
        }

        var counted = registration.Counted ? kind : AttemptKind.Beside;
        var batch = Publish(host, counted);
        return new Attempt(host, envelope, toPostmaster, registration.Before, batch)
        {
            Kind = counted,
            Order = _shared?.OrderOf(batch),
            Waits = registration.Waits,
            OwnAtStart = first?.OwnAtStart ?? registration.Before.Own,
        };
    }

    /// <summary>The verdict on an attempt, after the hold. From then on, connections of a host far over its limit are refused.</summary>
    /// <param name="attempt">Is marked as charged when it passes, so that it can be judged again before its transaction ends.</param>
    public Verdict Judge(ref Attempt attempt, long now)
    {
        if (!attempt.IsJudgedByAllBefore)
        {
            return JudgeOnce(ref attempt, now);
        }

        // Judging and charging in one: otherwise attempts judged at the same moment would each see the same room.
        lock (_retryGate)
        {
            return JudgeOnce(ref attempt, now);
        }
    }

    /// <summary>The destination answered that a recipient does not exist (550 5.1.1 and the like).</summary>
    public void RecipientUnknown(IpBlock host, long now)
    {
        Ledger.AddBadRecipient(host, now);
        _shared?.AddBadRecipient(host);
    }

    /// <summary>A content filter refused a message of the host for good (5xx). Counted only where the limits have one for it.</summary>
    public void ContentRefused(IpBlock host, long now)
    {
        if (_limits.ContentRejects > 0)
        {
            Ledger.AddBadRecipient(host.Supplement, now);
            _shared?.AddBadRecipient(host.Supplement);
        }
    }

    /// <summary>The message was delivered: the next one of the same envelope is new.</summary>
    public void Delivered(in Attempt attempt)
    {
        Retries.Forget(attempt.Envelope);
        _shared?.Remember(RetryNote.OfDelivered(attempt.Envelope));
    }

    /// <summary>The counts of a host and of the blocks around it, and the verdict the next recipient would get.</summary>
    public BlockReport Describe(IpBlock host, long now) =>
        _judge.Describe(Ledger.Read(host, now), Ledger.ReadNeighbourhood(host, now), Ledger.Rules.SitePerHour(now), Ledger.Rules.RegionPerHour(now))
            with
        { Reporters = Ledger.Describe(host, now) };

    /// <summary>Counts a batch of another node.</summary>
    /// <param name="reporter">The operator of the node that counted; null for this node's own counts of before a restart.</param>
    /// <param name="time">When it was counted: the future counts as now; what is older than two fast time constants is dropped.</param>
    public void Apply(string? reporter, BatchCounts counts, long time, long now)
    {
        if (reporter is null)
        {
            Ledger.AddHistory(counts, time, now);
            return;
        }

        Ledger.AddReports(reporter, counts, time, now);
        foreach (var entry in counts.Attempts)
        {
            if (Supplement.HasRetries(entry) && Supplement.Read(entry).Retries is > 0 and var retries)
            {
                _pending.Note(Supplement.HostOf(entry).Key, own: 0, retries, now);
            }
        }
    }

    /// <summary>Gives up memory that is not needed any more, and ends the warm-up when it is over. To be called every few minutes.</summary>
    public void Sweep(long now)
    {
        Ledger.Sweep(now);
        Retries.Sweep(now);
        if (!IsWarm && !Ledger.Rules.IsWarming(now))
        {
            IsWarm = true;
            Ledger.PromoteAll(now);
        }
    }

    /// <summary>Takes back the retry memory of before a restart.</summary>
    internal void Recall(ReadOnlySpan<ulong> retries) => Retries = RetryMemory.Import(retries, _limits.MaxEnvelopes, _limits.RetryWindow);

    /// <summary>Takes over when the memory of hosts began, and whether its warm-up was ended; the next sweep ends one that is over.</summary>
    internal void Remember(long memorySince, bool isWarm)
    {
        Ledger.Rules.MemorySince = memorySince;
        IsWarm = isWarm;
    }

    private static uint QuartersOf(CountingLimits limits) => (uint)Math.Max(1, MathF.Round(limits.RetryWeight * CountEntry.PerUnit));

    private Verdict JudgeOnce(ref Attempt attempt, long now)
    {
        var evidence = Ledger.Read(attempt.Host, now, _judge.GuessesFrom, _judge.RejectsFrom, thinsAll: false);
        LetInIfCalm(ref evidence);
        var round = now / Thinning.Round;
        var verdict = _judge.ByHost(attempt, evidence, RetryDrawOf(attempt, evidence, round, now));
        var waits = false;
        if (verdict.Passes)
        {
            var thinning = evidence.Thinning ?? Ledger.ReadThinning(attempt.Host, now);
            var draw = thinning.Newcomer >= 1 ? 0 : Retries.Key.Draw(attempt.Envelope, round, ThinningDraw);
            waits = Counting.Judge.PassesByWaiting(attempt, thinning, draw);
            verdict = Counting.Judge.Thin(verdict, attempt, thinning, draw);
        }

        if (verdict.Passes)
        {
            if (!attempt.IsCharged)
            {
                Charge(attempt, waits, now);
                Retries.Pass(attempt.Envelope);
                _shared?.Remember(new RetryNote(attempt.Envelope, now, RetryNote.Passed));
                attempt.Charge(evidence.Counts);
            }
        }
        else
        {
            var wait = Retries.Defer(attempt.Envelope, verdict.RetryAfter);
            _shared?.Remember(new RetryNote(attempt.Envelope, now, wait));
            if (verdict.Reason == VerdictReason.FarOverLimit && !evidence.Counts.Refused)
            {
                Ledger.Refuse(attempt.Host, now);
            }
        }

        return verdict;
    }

    private float RetryDrawOf(in Attempt attempt, in Evidence evidence, long round, long now)
    {
        if (attempt.Kind != AttemptKind.Patient || attempt.IsCharged)
        {
            return 0;
        }

        var chance = _pending.ChanceOf(attempt.Host.Key, _judge.RoomForRetries(evidence.Counts), now);
        return chance >= 1 ? 0 : Retries.Key.Draw(attempt.Envelope, round, RetryDraw) / Math.Max(chance, float.Epsilon);
    }

    // What an attempt costs its host when it passes, beyond what it cost when it was registered.
    private void Charge(in Attempt attempt, bool waits, long now)
    {
        if (attempt.Kind == AttemptKind.Undelivered)
        {
            return;
        }

        var cost = waits ? Thinning.WaitingCost : 1;
        var paid = attempt.Kind switch { AttemptKind.New => 1, AttemptKind.Impatient => _limits.RetryWeight, _ => 0 };
        if (cost > paid)
        {
            Ledger.Charge(attempt.Host, cost - paid, now);
            _shared?.AddCharge(attempt.Host, (uint)MathF.Round((cost - paid) * CountEntry.PerUnit));
        }
    }

    private ulong Publish(IpBlock host, AttemptKind kind)
    {
        switch (kind)
        {
            case AttemptKind.New:
                return _shared?.Add(host) ?? 0;
            case AttemptKind.Patient:
                return _shared?.AddRetry(host) ?? 0;
            case AttemptKind.Impatient or AttemptKind.Undelivered:
                _shared?.AddCharge(host, _retryQuarters);
                return _shared?.AddRetry(host) ?? 0;
            default:
                return _shared?.CountedSeq ?? 0;
        }
    }

    private void LetInIfCalm(ref Evidence evidence)
    {
        if (evidence.Counts.Refused && _judge.IsCalm(evidence))
        {
            Ledger.LetIn(evidence.Host);
            evidence = evidence with { Counts = evidence.Counts with { Refused = false } };
        }
    }
}
