namespace ThrottleNet.Counting;

/// <summary>Turns evidence into verdicts: a pure function of the options, the counts and the attempt.</summary>
/// <remarks>
/// x is the greater of the host's rate over its limit an hour (lowered by its neighbours, <see cref="LadderLimits.HostLimit"/>)
/// and its slow rate over its limit a day; s is soft/hard. x &lt; s passes, s ≤ x &lt; 1 is slowed, 1 ≤ x is deferred. From
/// x ≥ 2 by corroborated evidence until x &lt; 1 by the same, the host is refused. The slow count mixes own and others', so it
/// corroborates nothing: who sends far too much a day, but never in an hour, is deferred only.
/// <para>
/// Where others may lie, a host is not deferred while its corroborated rate, which its true rate is no less than, is under
/// <see cref="LadderLimits.Least"/>: cold reports, reports on its neighbours, snapshots and the slow count, of which nobody can
/// tell what is true, then slow at most. A host that keeps to that rate has no day over its limit either.
/// </para>
/// </remarks>
internal sealed class Judge(CountingLimits options)
{
    /// <summary>The load from which a host is refused.</summary>
    private const float FarOver = 2;

    /// <summary>Recipients that do not exist are a guesser's from this share of all on; lists and typing errors stay under it.</summary>
    private const float GuessedShare = 1f / 3;

    /// <summary>Nobody is told to come back sooner: mail servers don't, and scanners shouldn't.</summary>
    private static readonly TimeSpan MinRetryAfter = TimeSpan.FromMinutes(1);

    private readonly LadderLimits _ipv4 = LadderLimits.ForIPv4(options);
    private readonly LadderLimits _ipv6 = LadderLimits.ForIPv6(options);
    private readonly float _guesses = options.BadRecipients;
    private readonly TimeSpan _maxExtra = options.MaxDelay - options.Hold;

    /// <summary>
    /// Units an hour from which a host may have too many bad recipients: each was first an attempt, weighing no less than a retry.
    /// </summary>
    public float GuessesFrom { get; } = options.BadRecipients * options.RetryWeight;

    /// <summary>Whether a host that was refused may come in again.</summary>
    public bool IsCalm(in Evidence evidence)
    {
        var corroborated = evidence.Corroborated().Ladder;
        return LadderLimits.RateLoad(corroborated.Host, Limits(evidence).HostLimit(corroborated)) < 1;
    }

    /// <summary>The verdict on a host that connects: refused, or not yet anything.</summary>
    public Verdict AtDoor(in Evidence evidence)
    {
        if (IsGuessing(evidence.Corroborated()))
        {
            return new Verdict(VerdictAction.Refuse, VerdictReason.GuessingRecipients, RetryAfter: UntilGuessesFade(evidence.BadRecipients));
        }

        return evidence.Ladder.Host.Refused
            ? new Verdict(VerdictAction.Refuse, VerdictReason.FarOverLimit, RetryAfter: UntilPassing(evidence))
            : new Verdict(VerdictAction.Forward, VerdictReason.PersonRate);
    }

    /// <summary>The verdict on one recipient.</summary>
    public Verdict Attempt(in Attempt attempt, in Evidence evidence)
    {
        var sureGuess = IsGuessing(evidence.Corroborated());
        if (sureGuess || IsGuessing(evidence))
        {
            return sureGuess ? new Verdict(VerdictAction.Refuse, VerdictReason.GuessingRecipients, RetryAfter: UntilGuessesFade(evidence.BadRecipients))
                : IsDoubtful(attempt, evidence) ? new Verdict(VerdictAction.Slow, VerdictReason.GuessingRecipients, Delay: _maxExtra)
                : new Verdict(VerdictAction.Defer, VerdictReason.GuessingRecipients, RetryAfter: UntilGuessesFade(evidence.BadRecipients));
        }

        var limits = Limits(evidence);
        var counts = AsRegistered(attempt, evidence.Ladder.Host);
        var rateLoad = LadderLimits.RateLoad(counts, limits.HostLimit(evidence.Ladder));
        var dayLoad = limits.DayLoad(counts);
        var load = Math.Max(rateLoad, dayLoad);
        if (load < limits.SoftShare)
        {
            return new Verdict(VerdictAction.Forward, VerdictReason.PersonRate);
        }

        if (load < 1)
        {
            var share = (load - limits.SoftShare) / (1 - limits.SoftShare);
            return new Verdict(VerdictAction.Slow, VerdictReason.OverSoftLimit, Delay: _maxExtra * (share * share));
        }

        var corroborated = CorroboratedLoad(attempt, evidence);
        if (corroborated >= FarOver || (evidence.Ladder.Host.Refused && corroborated >= 1))
        {
            return new Verdict(VerdictAction.Refuse, VerdictReason.FarOverLimit, RetryAfter: UntilPassing(evidence));
        }

        var reason = rateLoad >= dayLoad ? VerdictReason.OverHardLimit : VerdictReason.OverDayLimit;
        return (attempt.ToPostmaster && load < FarOver) || IsDoubtful(attempt, evidence)
            ? new Verdict(VerdictAction.Slow, reason, Delay: _maxExtra)
            : new Verdict(VerdictAction.Defer, reason, RetryAfter: UntilPassing(evidence));
    }

    /// <summary>Everything at once, for people; the evidence is to hold the bad recipients whatever <see cref="GuessesFrom"/> says.</summary>
    public BlockReport Describe(in Evidence evidence)
    {
        var limits = Limits(evidence);
        var ladder = evidence.Ladder;
        var limit = limits.HostLimit(ladder);
        var door = AtDoor(evidence);
        var next = new Attempt(evidence.Host, 0, false, ladder.Host);
        return new BlockReport(
            [
                new LevelReport(evidence.Host, ladder.Host, limits.Levels[0]),
                new LevelReport(evidence.Host.Site, ladder.Site, limits.Levels[1]),
                new LevelReport(evidence.Host.Region, ladder.Region, limits.Levels[2]),
            ],
            evidence.BadRecipients,
            limit,
            Math.Max(LadderLimits.RateLoad(ladder.Host, limit), limits.DayLoad(ladder.Host)),
            door.Action == VerdictAction.Refuse ? door : Attempt(next, evidence));
    }

    /// <summary>The others' counts as now, and this node's as at registration: what it has counted since is taken off.</summary>
    private static BlockCounts AsRegistered(in Attempt attempt, in BlockCounts now) =>
        now with { Own = attempt.Before.Own, Slow = now.Slow - Math.Max(0, now.Own - attempt.Before.Own) };

    /// <summary>Whether it takes more to defer a host than what it surely did.</summary>
    private bool IsDoubtful(in Attempt attempt, in Evidence evidence) =>
        evidence.OthersMayLie && AsRegistered(attempt, evidence.Ladder.Host).Corroborated().PerHour < Limits(evidence).Least;

    private LadderLimits Limits(in Evidence evidence) => evidence.Host.IsIPv4 ? _ipv4 : _ipv6;

    private float CorroboratedLoad(in Attempt attempt, in Evidence evidence)
    {
        var corroborated = evidence.Corroborated().Ladder;
        return LadderLimits.RateLoad(AsRegistered(attempt, evidence.Ladder.Host).Corroborated(), Limits(evidence).HostLimit(corroborated));
    }

    private bool IsGuessing(in Evidence evidence) =>
        evidence.BadRecipients.PerHour > _guesses && evidence.BadRecipients.PerHour > evidence.Ladder.Host.PerHour * GuessedShare;

    private TimeSpan UntilGuessesFade(in BlockCounts badRecipients) => Until(badRecipients.PerHour / _guesses, Decay.FastTime);

    /// <summary>How long until the next recipient would pass, if the host were silent and its neighbours went on as they do.</summary>
    private TimeSpan UntilPassing(in Evidence evidence)
    {
        var limits = Limits(evidence);
        var (rate, day) = (LadderLimits.RateLoad(evidence.Ladder.Host, limits.HostLimit(evidence.Ladder)), limits.DayLoad(evidence.Ladder.Host));
        var (fast, slow) = (Until(rate, Decay.FastTime), Until(day, Decay.SlowTime));
        return fast > slow ? fast : slow;
    }

    /// <summary>How long until a load has decayed to under 1: τ·ln x, in whole seconds, and at least a minute.</summary>
    private static TimeSpan Until(float load, TimeSpan timeConstant)
    {
        var wait = load > 1 ? TimeSpan.FromSeconds(Math.Ceiling(timeConstant.TotalSeconds * Math.Log(load)) + 1) : TimeSpan.Zero;
        return wait > MinRetryAfter ? wait : MinRetryAfter;
    }
}
