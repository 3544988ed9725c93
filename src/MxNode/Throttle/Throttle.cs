using ThrottleNet.Protocol.Blocks;
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

    public Throttle(ThrottleOptions options, Ledger ledger, RetryMemory retries)
    {
        _ledger = ledger;
        _retries = retries;
        _judge = new Judge(options);
        _retryWeight = options.RetryWeight;
    }

    /// <summary>Whether a host that connects is to be turned away with 421 at once; lets it in again when it has calmed down.</summary>
    public bool IsRefusedAtDoor(IpBlock host, out Verdict verdict)
    {
        var now = _ledger.Now;
        var counts = _ledger.ReadHost(host, now);
        if (!counts.Refused && !_judge.MayGuess(counts))
        {
            verdict = new Verdict(VerdictAction.Forward, VerdictReason.PersonRate);
            return false;
        }

        var evidence = Gather(host, now);
        LetInIfCalm(host, ref evidence);
        verdict = _judge.AtDoor(evidence);
        return verdict.Action == VerdictAction.Refuse;
    }

    /// <summary>Counts one recipient, before any answer to it. Trusted hosts' are not to be registered.</summary>
    public Attempt Register(IpBlock host, Mailbox? reversePath, Mailbox recipient)
    {
        var envelope = _retries.Hash(host, reversePath, recipient);
        var retry = _retries.Note(envelope, _ledger.Now);
        return new Attempt(host, envelope, recipient.IsPostmaster, _ledger.AddOwn(host, retry ? _retryWeight : 1));
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
    public void RecipientUnknown(IpBlock host) => _ledger.AddBadRecipient(host);

    /// <summary>The message was delivered: a second one of the same envelope counts whole.</summary>
    public void Delivered(in Attempt attempt) => _retries.Forget(attempt.Envelope);

    /// <summary>The counts of a host's ladder, and the verdict the next recipient would get.</summary>
    public BlockReport Describe(IpBlock host)
    {
        var now = _ledger.Now;
        return _judge.Describe(new Evidence(host, _ledger.Read(host, now), _ledger.ReadBadRecipients(host, now)));
    }

    private Evidence Gather(IpBlock host, uint now)
    {
        var ladder = _ledger.Read(host, now);
        return new Evidence(host, ladder, _judge.MayGuess(ladder.Host) ? _ledger.ReadBadRecipients(host, now) : default);
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
