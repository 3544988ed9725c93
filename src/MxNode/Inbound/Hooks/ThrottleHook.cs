using ThrottleNet.Counting;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.MxNode.Inbound.Hooks;

/// <summary>
/// Registers each recipient that trust doesn't let through, lets the network hear of it, then judges. The recipients of one group
/// share a hold, and those of later groups of the transaction share one before DATA.
/// </summary>
internal sealed class ThrottleHook(Throttle.Throttle throttle, Hold hold, TimeProvider time) : SessionHook
{
    public override async ValueTask<Refusal?> RecipientsAsync(Session session, IReadOnlyList<Recipient> recipients)
    {
        var transaction = session.Transaction!;
        foreach (var recipient in recipients)
        {
            Register(session, transaction, recipient);
        }

        var counted = recipients.Where(IsCounted).ToList();
        if (counted.Count == 0)
        {
            session.Summary.Verdict = "forward";
            session.Summary.Reason = nameof(VerdictReason.Trusted);
            return null;
        }

        var registered = transaction.RegisteredAt = time.GetTimestamp();
        Task lookups = Task.WhenAll(counted.Select(r => r.Destination));
        await lookups.WaitAsync(session.Gone).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var forwarded = counted.Where(r => r.Destination is { IsCompletedSuccessfully: true, Result.Status: DestinationStatus.Subscribed }).ToList();
        if (forwarded.Count == 0)
        {
            // Nothing to hold for; but who goes on trying to relay elsewhere at such a rate is turned away all the same.
            return counted[^1].Attempt is { } last && throttle.Judge(last) is { Action: VerdictAction.Refuse } verdict ? Replies.Refuse(verdict) : null;
        }

        if (transaction.HeldSince is null && !await HoldAsync(session, transaction, registered, forwarded))
        {
            return null;
        }

        foreach (var recipient in forwarded)
        {
            if (Judge(session, transaction, recipient) is not { } refusal)
            {
                continue;
            }

            if (Replies.Closes(refusal.Reason))
            {
                return refusal;
            }

            recipient.Refuse(refusal);
        }

        await session.DelayAsync(transaction.Slow.Take(time.GetElapsedTime(registered)));
        return null;
    }

    // RFC 3463, section 3.2: X.1.1 and X.1.6 say that there is no such mailbox (any more). A bare 550 says it too (RFC 5321, section 4.2.2);
    // it comes from the relay as 5.0.0.
    public override void RecipientAnswered(Session session, Recipient recipient)
    {
        if (recipient is { Attempt: not null, Answer: { Code: 550, Status: null or { Subject: 0, Detail: 0 } or { Subject: 1, Detail: 0 or 1 or 6 } } })
        {
            throttle.RecipientUnknown(session.Block);
        }
    }

    public override async ValueTask<Refusal?> DataAsync(Session session)
    {
        var transaction = session.Transaction!;
        var from = time.GetTimestamp();
        if (transaction.RegisteredAt > transaction.HeldSince)
        {
            if (!await HoldAsync(session, transaction, transaction.RegisteredAt, transaction.Taken))
            {
                return null;
            }

            foreach (var recipient in transaction.Taken.Where(IsCounted))
            {
                if (Judge(session, transaction, recipient) is { } refusal)
                {
                    return refusal;
                }
            }
        }

        await session.DelayAsync(transaction.Slow.Take(time.GetElapsedTime(from)));
        return null;
    }

    public override async ValueTask<Refusal?> MessageAsync(Session session, MessageText text)
    {
        await session.DelayAsync(session.Transaction!.Slow.Take(TimeSpan.Zero));
        return null;
    }

    public override void Answered(Session session, RelayResult result)
    {
        if (!result.Reply.IsPositive)
        {
            return;
        }

        foreach (var recipient in session.Transaction!.Taken)
        {
            if (recipient.Attempt is { } attempt)
            {
                throttle.Delivered(attempt);
            }
        }
    }

    private static bool IsCounted(Recipient recipient) => recipient is not { Attempt: null, Vouched: null };

    // An entry with a rate is worth that much and no more: beyond it the host is as untrusted as any, until its rate has fallen.
    private void Register(Session session, Transaction transaction, Recipient recipient)
    {
        if (session.Trust is { RatePerHour: null })
        {
            return;
        }

        recipient.Vouched = session.Trust is { RatePerHour: { } rate } ? throttle.RegisterVouched(session.Block, rate) : null;
        if (recipient.Vouched is { } vouched)
        {
            transaction.RegisteredIn = vouched.Batch;
        }
        else
        {
            RegisterUntrusted(session, transaction, recipient);
        }
    }

    private void RegisterUntrusted(Session session, Transaction transaction, Recipient recipient)
    {
        var attempt = throttle.Register(session.Block, transaction.Mail.ReversePath, recipient.Address);
        recipient.Attempt = attempt;
        transaction.RegisteredIn = attempt.Batch;
    }

    private Refusal? Judge(Session session, Transaction transaction, Recipient recipient)
    {
        if (recipient.Vouched is not null)
        {
            session.Summary.Verdict = "forward";
            session.Summary.Reason = nameof(VerdictReason.Trusted);
            return null;
        }

        var verdict = throttle.Judge(recipient.Attempt!.Value);
        recipient.Verdict = verdict;
        session.Summary.Verdict = verdict.Action.ToString().ToLowerInvariant();
        session.Summary.Reason = verdict.Reason.ToString();
        if (verdict.Action is VerdictAction.Defer or VerdictAction.Refuse)
        {
            return Replies.Refuse(verdict);
        }

        transaction.Slow.Earn(verdict.Delay);
        return null;
    }

    // What turns out to be over the rate of a host's trust is registered as anybody's, and that is held for too: a burst over many nodes
    // would pass at each of them otherwise.
    private async ValueTask<bool> HoldAsync(Session session, Transaction transaction, long registered, IEnumerable<Recipient> recipients)
    {
        transaction.HeldSince = registered;
        if (!await hold.WaitAsync(session, transaction.RegisteredIn, registered))
        {
            return false;
        }

        var over = recipients.Where(r => r.Vouched is { } vouched && !throttle.IsWithinRate(vouched, session.Trust!.RatePerHour!.Value)).ToList();
        foreach (var recipient in over)
        {
            recipient.Vouched = null;
            RegisterUntrusted(session, transaction, recipient);
        }

        return over.Count == 0 || await hold.WaitAsync(session, transaction.RegisteredIn, time.GetTimestamp());
    }
}
