using ThrottleNet.Counting;
using ThrottleNet.Counting.Batches;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.Protocol.Exchange;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Throttle;

/// <summary>
/// Judges untrusted hosts by how often they try to send. Thread-safe; memory only, never waits.
/// A recipient is registered when it arrives, and judged after the hold: this node's own count as it stood at registration
/// (so the first ten of a burst pass), other nodes' counts as known at the judgement.
/// </summary>
internal sealed class Throttle
{
    private readonly Ledger _ledger;
    private readonly RetryMemory _retries;
    private readonly Judge _judge;
    private readonly float _retryWeight;
    private readonly uint _retryQuarters;
    private readonly NetworkCounts? _network;
    private readonly Outbox? _outbox;

    /// <param name="network">What other nodes counted; null on a node without an exchange.</param>
    /// <param name="outbox">Takes what this node counts to the others; null likewise.</param>
    public Throttle(ThrottleOptions options, Ledger ledger, RetryMemory retries, NetworkCounts? network = null, Outbox? outbox = null)
    {
        _ledger = ledger;
        _retries = retries;
        _judge = new Judge(options.ToLimits());
        _retryWeight = options.RetryWeight;
        _retryQuarters = (uint)Math.Max(1, MathF.Round(options.RetryWeight * CountEntry.PerUnit));
        _network = network;
        _outbox = outbox;
    }

    /// <summary>Whether a host that connects is to be turned away with 421 at once; lets it in again when it has calmed down.</summary>
    public bool IsRefusedAtDoor(IpBlock host, out Verdict verdict)
    {
        var now = _ledger.Now;
        var counts = _ledger.ReadHost(host, now);
        if (!counts.Refused && counts.PerHour < _judge.GuessesFrom)
        {
            verdict = new Verdict(VerdictAction.Forward, VerdictReason.PersonRate);
            return false;
        }

        var evidence = Gather(host, now);
        LetInIfCalm(host, ref evidence);
        verdict = _judge.AtDoor(evidence);
        return verdict.Action == VerdictAction.Refuse;
    }

    /// <summary>
    /// Counts one recipient of a host that is trusted up to a rate, against that rate; null when it is used up, and the recipient is to
    /// be registered as anybody's. What does not pass by the trust is not counted against it: a queue of retries would never end.
    /// </summary>
    /// <param name="perHour">Recipients an hour, in the whole network; half of it may come at once.</param>
    public Attempt? RegisterVouched(IpBlock host, int perHour)
    {
        var vouched = host.Vouched;
        var now = _ledger.Now;
        return ProvenPerHour(vouched, _ledger.ReadHost(vouched, now)) < perHour
            ? new Attempt(vouched, 0, ToPostmaster: false, _ledger.AddOwn(vouched, 1, now), _outbox?.Add(vouched) ?? 0)
            : null;
    }

    /// <summary>
    /// Whether an attempt counted by <see cref="RegisterVouched"/> is within the rate after the hold. Of what other nodes tell only the
    /// proven part counts: no liar takes a host's trust away.
    /// </summary>
    public bool IsWithinRate(in Attempt vouched, int perHour) =>
        ProvenPerHour(vouched.Host, _ledger.ReadHost(vouched.Host, _ledger.Now) with { Own = vouched.Before.Own }) < perHour;

    /// <summary>Recipients an hour that a host trusted up to a rate has sent by that trust.</summary>
    public float VouchedPerHour(IpBlock host) => ProvenPerHour(host.Vouched, _ledger.ReadHost(host.Vouched, _ledger.Now));

    /// <summary>Counts one recipient, before any answer to it. Trusted hosts' are not to be registered.</summary>
    public Attempt Register(IpBlock host, Mailbox? reversePath, Mailbox recipient)
    {
        var envelope = _retries.Hash(host, reversePath is null ? 0 : HashOf(reversePath), HashOf(recipient));
        var now = _ledger.Now;
        var retry = _retries.Note(envelope, now);
        var before = _ledger.AddOwn(host, retry ? _retryWeight : 1, now);
        return new Attempt(host, envelope, recipient.IsPostmaster, before, _outbox?.Add(host, retry ? _retryQuarters : CountEntry.PerUnit) ?? 0);
    }

    /// <summary>The verdict on an attempt, after the hold. A host found far over its limit is refused at the door from now on.</summary>
    public Verdict Judge(in Attempt attempt)
    {
        var evidence = Gather(attempt.Host, _ledger.Now);
        LetInIfCalm(attempt.Host, ref evidence);
        var verdict = _judge.Attempt(attempt, evidence);
        if (verdict.Reason == VerdictReason.FarOverLimit && !evidence.Ladder.Host.Refused)
        {
            _ledger.SetRefused(attempt.Host, true);
        }

        return verdict;
    }

    /// <summary>The destination said that a recipient does not exist (550 5.1.1 and the like).</summary>
    public void RecipientUnknown(IpBlock host)
    {
        _ledger.AddBadRecipient(host);
        _outbox?.AddBadRecipient(host);
    }

    /// <summary>The message was delivered: a second one of the same envelope counts whole.</summary>
    public void Delivered(in Attempt attempt) => _retries.Forget(attempt.Envelope);

    /// <summary>The counts of a host's ladder, and the verdict the next recipient would get.</summary>
    public BlockReport Describe(IpBlock host) => _judge.Describe(Gather(host, _ledger.Now, guessesFrom: 0)) with { Reporters = _network?.Describe(host) ?? [] };

    // Strings hash with a secret of the process.
    private static ulong HashOf(Mailbox mailbox) => ((ulong)(uint)mailbox.LocalPart.GetHashCode() << 32) | (uint)mailbox.Domain.GetHashCode();

    // The ledger's counts, of others' as much as is believed.
    private Evidence Gather(IpBlock host, uint now, float? guessesFrom = null)
    {
        var evidence = _ledger.Read(host, now, guessesFrom ?? _judge.GuessesFrom);
        return _network?.Believe(evidence) ?? evidence;
    }

    private float ProvenPerHour(IpBlock vouched, in BlockCounts counts)
    {
        var evidence = new Evidence(vouched, new LadderCounts(counts, default, default), default);
        return (_network?.Believe(evidence) ?? evidence).Ladder.Host.Corroborated().PerHour;
    }

    private void LetInIfCalm(IpBlock host, ref Evidence evidence)
    {
        if (evidence.Ladder.Host.Refused && _judge.IsCalm(evidence))
        {
            _ledger.SetRefused(host, false);
            evidence = evidence with { Ladder = evidence.Ladder with { Host = evidence.Ladder.Host with { Refused = false } } };
        }
    }
}
