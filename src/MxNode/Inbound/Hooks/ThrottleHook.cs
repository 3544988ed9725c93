using ThrottleNet.Counting;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.MxNode.Inbound.Hooks;

/// <summary>
/// Registers each recipient of a host that is not trusted without a limit, holds it while the network exchanges counts, then judges it.
/// The recipients of a transaction's first group share a hold; those of its later groups share one before DATA.
/// </summary>
internal sealed class ThrottleHook(Session session, NodeThrottle throttle, Hold hold, RateReplies replies, RelayOptions relay, TimeProvider time) : SessionHook
{
    // A guesser in a silent domain: the longest delay of the answers to RCPT, DATA and the text.
    private static readonly TimeSpan GuesserDelay = SlowAnswers.MaxWait * 3;

    private ThrottledTransaction? _transaction;

    public override async ValueTask<Step> RecipientsAsync(IReadOnlyList<Recipient> recipients)
    {
        var transaction = _transaction ??= new ThrottledTransaction();
        var counted = Register(transaction, recipients);
        if (counted.Count == 0)
        {
            Note(null, Disposition.Trusted);
            return Step.Continue;
        }

        var registered = transaction.RegisteredAt = time.GetTimestamp();
        Task lookups = Task.WhenAll(counted.Select(c => c.Recipient.Destination));
        await lookups.WaitAsync(session.Gone).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var forwarded = counted.FindAll(c => c.Recipient.Destination is { IsCompletedSuccessfully: true, Result.Status: DestinationStatus.Subscribed });
        if (forwarded.Count == 0)
        {
            // No recipient will be passed on, so there is no hold. A host that goes on trying to relay elsewhere at a high rate is refused all the same.
            return counted[^1].Attempt is { } last && throttle.Judge(last) is { Action: VerdictAction.Refuse } verdict
                ? replies.Refuse(RateReplies.Refusal(verdict), session)
                : Step.Continue;
        }

        if (transaction.HeldSince is null && !await HoldAsync(transaction, registered, forwarded))
        {
            return Step.Gone;
        }

        foreach (var candidate in forwarded)
        {
            if (Judge(transaction, candidate) is not { } refusal)
            {
                continue;
            }

            if (Replies.Closes(refusal.Reason))
            {
                return replies.Refuse(refusal, session);
            }

            candidate.Recipient.Refuse(replies.For(refusal, session.Client.Address, session.Id), refusal.Reason);
        }

        await session.DelayAsync(transaction.Slow.Take(time.GetElapsedTime(registered)));
        return Step.Continue;
    }

    public override void RecipientAnswered(Recipient recipient)
    {
        if (recipient.Answer is { } answer && RelayReplies.IsUnknownMailbox(answer)
            && _transaction?.Counted.Exists(c => c.Recipient == recipient && c.Attempt is not null) == true)
        {
            throttle.RecipientUnknown(session.Block);
        }
    }

    public override async ValueTask<Step> DataAsync()
    {
        var transaction = _transaction!;
        var from = time.GetTimestamp();
        if (transaction.RegisteredAt > transaction.HeldSince)
        {
            var taken = transaction.Counted.FindAll(c => c.Recipient.IsTaken);
            if (!await HoldAsync(transaction, transaction.RegisteredAt, taken))
            {
                return Step.Gone;
            }

            foreach (var candidate in taken)
            {
                if (Judge(transaction, candidate) is { } refusal)
                {
                    return replies.Refuse(refusal, session);
                }
            }
        }

        await session.DelayAsync(transaction.Slow.Take(time.GetElapsedTime(from)));
        return Step.Continue;
    }

    public override async ValueTask<Step> MessageAsync(MessageDraft draft)
    {
        await session.DelayAsync(_transaction!.Slow.Take(TimeSpan.Zero));
        return Step.Continue;
    }

    public override void Answered(RelayResult result)
    {
        if (!result.Reply.IsPositive)
        {
            return;
        }

        foreach (var counted in _transaction!.Counted)
        {
            if (counted is { Recipient.IsTaken: true, Attempt: { } attempt })
            {
                throttle.Delivered(attempt);
            }
        }
    }

    public override void TransactionEnded() => _transaction = null;

    private void Note(Recipient? recipient, Disposition disposition)
    {
        recipient?.Disposition = disposition;
        session.Summary.Note(disposition);
    }

    // A trusted quota is worth that many recipients and no more: over it the host is as untrusted as any, until its rate has fallen.
    private List<CountedRecipient> Register(ThrottledTransaction transaction, IReadOnlyList<Recipient> recipients)
    {
        var registered = new List<CountedRecipient>(recipients.Count);
        if (session.Trust is { RatePerHour: null })
        {
            return registered;
        }

        foreach (var recipient in recipients.Where(r => r.Answer is null))
        {
            var counted = new CountedRecipient(recipient);
            registered.Add(counted);
            counted.Quota = session.Trust is { RatePerHour: { } rate } ? throttle.RegisterQuota(session.Block, rate) : null;
            if (counted.Quota is { } quota)
            {
                transaction.RegisteredIn = Math.Max(transaction.RegisteredIn, quota.Batch);
            }
            else
            {
                RegisterUntrusted(transaction, counted);
            }
        }

        if (registered.Count(c => c.Attempt is { Kind: AttemptKind.New }) is > 0 and var added)
        {
            throttle.Note(session.Block, added);
        }

        transaction.Counted.AddRange(registered);
        return registered;
    }

    private void RegisterUntrusted(ThrottledTransaction transaction, CountedRecipient counted)
    {
        var attempt = throttle.Register(session.Block, session.Transaction!.Mail.ReversePath, counted.Recipient.Address, transaction.First);
        transaction.First ??= attempt;
        counted.Attempt = attempt;
        transaction.RegisteredIn = Math.Max(transaction.RegisteredIn, attempt.Batch);
    }

    private Refusal? Judge(ThrottledTransaction transaction, CountedRecipient counted)
    {
        if (counted.Quota is not null)
        {
            Note(counted.Recipient, Disposition.Trusted);
            return null;
        }

        var attempt = counted.Attempt!.Value;
        var verdict = throttle.Judge(ref attempt);
        counted.Attempt = attempt;
        Note(counted.Recipient, new Disposition(verdict.Action.ToString().ToLowerInvariant(), verdict.Reason.ToString()));
        if (verdict.Reason == VerdictReason.GuessingRecipients && relay.SilentDomains.Contains(counted.Recipient.Address.Domain))
        {
            counted.Recipient.HidesUnknown = true;
            transaction.Slow.Earn(GuesserDelay);
            return null;
        }

        if (verdict.Action is VerdictAction.Defer or VerdictAction.Refuse)
        {
            return RateReplies.Refusal(verdict);
        }

        transaction.Slow.Earn(verdict.Delay);
        return null;
    }

    // Recipients that turn out to be over the trusted quota are registered as an untrusted host's and held once more: otherwise a burst
    // over many nodes would pass at each of them. False: the client is gone.
    private async ValueTask<bool> HoldAsync(ThrottledTransaction transaction, long registered, List<CountedRecipient> recipients)
    {
        transaction.HeldSince = registered;
        if (!await hold.WaitAsync(session, transaction.RegisteredIn, registered))
        {
            return false;
        }

        var over = recipients.FindAll(c => c.Quota is { } quota && !throttle.IsWithinQuota(quota, session.Trust!.RatePerHour!.Value));
        foreach (var counted in over)
        {
            counted.Quota = null;
            RegisterUntrusted(transaction, counted);
        }

        return over.Count == 0 || await hold.WaitAsync(session, transaction.RegisteredIn, time.GetTimestamp());
    }
}
