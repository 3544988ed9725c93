namespace ThrottleNet.Counting;

/// <summary>Turns evidence into verdicts: a pure function of the limits, the counts and the attempt.</summary>
/// <remarks>
/// x is the greater of the host's rate over its limit an hour and its slow rate over its limit a day; s is soft/hard. x &lt; s passes, s ≤ x &lt; 1 is slowed,
/// 1 ≤ x is deferred. From x ≥ 2 by evidence (own sight and corroborated reports) until x &lt; 1 by the same, the host is refused. The slow count does
/// not tell own from others' units, so it is no evidence: a host far over its limit a day, but never in an hour, is deferred only.
/// <para>
/// Where others may lie, a host is not deferred while its evident rate is under <see cref="_leastPerHour"/>: reports about cold blocks, snapshots and the slow count, which
/// no node can verify, then slow at most. A host that keeps to that rate stays under its day limit too.
/// </para>
/// <para>An attempt that would pass is then drawn for by <see cref="Thinning"/>, unless its host has standing.</para>
/// </remarks>
internal sealed class Judge(CountingLimits limits)
{
    /// <summary>The load from which a host is refused.</summary>
    private const float FarOver = 2;

    /// <summary>
    /// Patient retries pass up to this load: a mail server retries about once an hour, and would otherwise pass only the burst of half an hour each time.
    /// </summary>
    private const float PatientRoom = 1.5f;

    /// <summary>
    /// If bad recipients are more than this share of all attempts, they are taken for guesses; mailing lists and typing errors stay under it. Messages that
    /// filters refused are held against a host only above the same share, so a host with many good messages is spared.
    /// </summary>
    private const float BadShare = 1f / 3;

    /// <summary>Units an hour, or the host's soft limit if that is more.</summary>
    private const float Floor = 4;

    /// <summary>The shortest wait that a reply asks for. Mail servers do not retry sooner, and scanners should not.</summary>
    private static readonly TimeSpan MinRetryAfter = TimeSpan.FromMinutes(1);

    private readonly BlockLimits _host = limits.Host;
    private readonly float _softShare = limits.Host.Soft / limits.Host.Hard;
    private readonly float _leastPerHour = Math.Min(limits.Host.Hard, Math.Max(Floor, limits.Host.Soft));
    private readonly float _guesses = limits.BadRecipients;
    private readonly float _rejects = limits.ContentRejects > 0 ? limits.ContentRejects : float.PositiveInfinity;
    private readonly TimeSpan _maxExtra = limits.MaxDelay - limits.Hold;

    /// <summary>Units an hour from which a host may have too many bad recipients: each was first an attempt, which counts no less than a retry.</summary>
    public float GuessesFrom { get; } = limits.BadRecipients * limits.RetryWeight;

    /// <summary>Units an hour from which filters may have refused too many messages of a host, likewise; infinite where they are not judged.</summary>
    public float RejectsFrom { get; } = limits.ContentRejects > 0 ? limits.ContentRejects * limits.RetryWeight : float.PositiveInfinity;

    /// <summary>Whether a host that was refused may come in again.</summary>
    public bool IsCalm(in Evidence evidence) => RateLoad(evidence.Counts.Evident()) < 1;

    /// <summary>The verdict on a host that connects: refused, or not judged yet.</summary>
    public Verdict AtConnect(in Evidence evidence)
    {
        if (IsEvident(evidence.BadRecipients, evidence.Counts, _guesses))
        {
            return new Verdict(VerdictAction.Refuse, VerdictReason.GuessingRecipients, RetryAfter: Until(evidence.BadRecipients.PerHour / _guesses, Decay.FastTime));
        }

        if (IsEvident(evidence.ContentRejects, evidence.Counts, _rejects))
        {
            return new Verdict(VerdictAction.Refuse, VerdictReason.RefusedContent, RetryAfter: Until(evidence.ContentRejects.PerHour / _rejects, Decay.FastTime));
        }

        return evidence.Counts.Refused
            ? new Verdict(VerdictAction.Refuse, VerdictReason.FarOverLimit, RetryAfter: UntilPassing(evidence.Counts))
            : new Verdict(VerdictAction.Forward, VerdictReason.PersonRate);
    }

    /// <summary>The verdict on one recipient by the counts of its host.</summary>
    /// <param name="retryDraw">A draw divided by its chance: a patient retry passes below 1, see <see cref="PendingRetries"/>.</param>
    public Verdict ByHost(in Attempt attempt, in Evidence evidence, float retryDraw = 0)
    {
        if ((ByBad(attempt, evidence, evidence.BadRecipients, _guesses, VerdictReason.GuessingRecipients)
            ?? ByBad(attempt, evidence, evidence.ContentRejects, _rejects, VerdictReason.RefusedContent)) is { } bad)
        {
            return bad;
        }

        var counts = AsRegistered(attempt, evidence.Counts);
        var (rateLoad, dayLoad) = (RateLoad(counts), DayLoad(counts));
        var load = Math.Max(rateLoad, dayLoad);
        if (load < _softShare)
        {
            return new Verdict(VerdictAction.Forward, VerdictReason.PersonRate);
        }

        if (attempt.Kind == AttemptKind.Patient ? load < PatientRoom && retryDraw < 1 : load < 1)
        {
            var share = Math.Min(1, (load - _softShare) / (1 - _softShare));
            return new Verdict(VerdictAction.Slow, VerdictReason.OverSoftLimit, Delay: _maxExtra * (share * share));
        }

        var evident = RateLoad((KnownTo(attempt, evidence.Counts) with { Own = attempt.OwnAtStart }).Evident());
        if (evident >= FarOver || (evidence.Counts.Refused && evident >= 1))
        {
            return new Verdict(VerdictAction.Refuse, VerdictReason.FarOverLimit, RetryAfter: UntilPassing(evidence.Counts));
        }

        var reason = rateLoad >= dayLoad ? VerdictReason.OverHardLimit : VerdictReason.OverDayLimit;
        return (attempt.ToPostmaster && load < FarOver) || (attempt.Kind != AttemptKind.Patient && IsDoubtful(attempt, evidence))
            ? new Verdict(VerdictAction.Slow, reason, Delay: _maxExtra)
            : new Verdict(VerdictAction.Defer, reason, RetryAfter: UntilPassing(evidence.Counts));
    }

    /// <summary>The verdict on one recipient that passed <see cref="ByHost"/>, by the chances in the site and region of its host.</summary>
    /// <param name="passing">The verdict by the host.</param>
    /// <param name="draw">From 0 to 1: the attempt passes if it is below its chance.</param>
    public static Verdict Thin(in Verdict passing, in Attempt attempt, in Thinning thinning, float draw) =>
        attempt.ToPostmaster || draw < ChanceOf(attempt, thinning)
            ? passing
            : new Verdict(VerdictAction.Defer, VerdictReason.ManyNewcomers, RetryAfter: TimeSpan.FromMilliseconds(Thinning.Round));

    /// <summary>Whether an attempt passes only because its host waits, which costs it more.</summary>
    public static bool PassesByWaiting(in Attempt attempt, in Thinning thinning, float draw) =>
        attempt.Waits && draw >= thinning.Newcomer;

    /// <summary>All results at once, for operators. The evidence includes bad recipients and refused messages, whatever the rate of the host is.</summary>
    public BlockReport Describe(in Evidence evidence, in Neighbourhood place, float siteLimit, float regionLimit)
    {
        var host = evidence.Host;
        var atConnect = AtConnect(evidence);
        var next = new Attempt(host, 0, ToPostmaster: false, evidence.Counts);
        var (byHost, thinning) = (ByHost(next, evidence), evidence.Thinning ?? Thinning.None);
        return new BlockReport(
            host, evidence.Counts, _host, evidence.BadRecipients, Math.Max(RateLoad(evidence.Counts), DayLoad(evidence.Counts)),
            atConnect.Action == VerdictAction.Refuse ? atConnect : byHost.Passes ? Thin(byHost, next, thinning, draw: 0) : byHost)
        {
            Left = LeftOf(evidence.Counts),
            ContentRejects = evidence.ContentRejects,
            Age = place.Age,
            Standing = place.Standing,
            Areas = [AreaReport.Of(host.Site, place.Site, siteLimit), AreaReport.Of(host.Region, place.Region, regionLimit)],
            Chance = thinning.Newcomer,
        };
    }

    /// <summary>Units until the host is at the load up to which patient retries pass.</summary>
    public float RoomForRetries(in BlockCounts counts) => Math.Min(
        ((PatientRoom * _host.Hard) - counts.PerHour) / Decay.FastPerHour, ((PatientRoom * _host.Day) - counts.PerDay) / Decay.SlowPerDay);

    private static float ChanceOf(in Attempt attempt, in Thinning thinning) =>
        attempt.Waits ? Math.Max(thinning.Newcomer, thinning.Waiting) : thinning.Newcomer;

    // The verdict on a host by its bad recipients, or by its messages that filters refused; null where they are not too many.
    private Verdict? ByBad(in Attempt attempt, in Evidence evidence, in BlockCounts bad, float limit, VerdictReason reason)
    {
        if (bad.PerHour <= limit)
        {
            return null;
        }

        var wait = Until(bad.PerHour / limit, Decay.FastTime);
        return IsEvident(bad, evidence.Counts, limit) ? new Verdict(VerdictAction.Refuse, reason, RetryAfter: wait)
            : !IsOver(bad, evidence.Counts, limit) ? null
            : IsDoubtful(attempt, evidence) ? new Verdict(VerdictAction.Slow, reason, Delay: _maxExtra)
            : new Verdict(VerdictAction.Defer, reason, RetryAfter: wait);
    }

    // The others' counts as now, and this node's as at registration: what it has counted since is taken off. An attempt that was not counted when it
    // was registered is judged by all that passed before it; one beside others also by what there was when it came, which may have decayed since.
    private static BlockCounts AsRegistered(in Attempt attempt, in BlockCounts now)
    {
        if (attempt is { Kind: AttemptKind.Patient, IsCharged: false })
        {
            return now;
        }

        var known = KnownTo(attempt, now);
        return attempt.IsJudgedByAllBefore
            ? known with { Own = Math.Max(known.Own, attempt.Before.Own) }
            : known with { Own = attempt.Before.Own, Slow = known.Slow - Math.Max(0, known.Own - attempt.Before.Own) };
    }

    // In a cluster an attempt does not know what the order puts after it.
    private static BlockCounts KnownTo(in Attempt attempt, in BlockCounts now) =>
        attempt.Kind != AttemptKind.Patient && attempt.Order?.Known is { } known ? known with { Refused = now.Refused } : now;

    // A recipient is within the limits if the counts before it are, so the room is rounded up. Counts decay all the time: without the tenth, a recipient that was counted
    // a second ago, and is worth a little less than one by now, would be rounded away.
    private int LeftOf(in BlockCounts counts) => (int)Math.Max(0, Math.Ceiling(Math.Min(
        (_host.Hard - counts.PerHour) / Decay.FastPerHour, (_host.Day - counts.PerDay) / Decay.SlowPerDay) - 0.1));

    private float RateLoad(in BlockCounts counts) => counts.PerHour / _host.Hard;

    private float DayLoad(in BlockCounts counts) => counts.PerDay / _host.Day;

    // Whether a deferral would rest on more than what the host evidently did.
    private bool IsDoubtful(in Attempt attempt, in Evidence evidence) =>
        evidence.OthersMayLie && AsRegistered(attempt, evidence.Counts).Evident().PerHour < _leastPerHour;

    private static bool IsOver(in BlockCounts bad, in BlockCounts counts, float limit) => bad.PerHour > limit && bad.PerHour > counts.PerHour * BadShare;

    // The evident part is no more than the whole.
    private static bool IsEvident(in BlockCounts bad, in BlockCounts counts, float limit) => bad.PerHour > limit && IsOver(bad.Evident(), counts.Evident(), limit);

    // How long until the next recipient would pass, if the host sent nothing.
    private TimeSpan UntilPassing(in BlockCounts counts)
    {
        var (fast, slow) = (Until(RateLoad(counts), Decay.FastTime), Until(DayLoad(counts), Decay.SlowTime));
        return fast > slow ? fast : slow;
    }

    // How long until a load has decayed to under 1: τ·ln x, in whole seconds, and at least a minute.
    private static TimeSpan Until(float load, TimeSpan timeConstant)
    {
        var wait = load > 1 ? new TimeSpan(((long)(timeConstant.TotalSeconds * Math.Log(load)) + 2) * TimeSpan.TicksPerSecond) : TimeSpan.Zero;
        return wait > MinRetryAfter ? wait : MinRetryAfter;
    }
}
