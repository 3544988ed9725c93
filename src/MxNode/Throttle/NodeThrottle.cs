using ThrottleNet.Counting;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Throttle;

/// <summary>The node's <see cref="CountingEngine"/> at the present moment, for mailboxes. Thread-safe; memory only, never waits.</summary>
internal sealed class NodeThrottle(CountingEngine engine, TrustedQuota quota, CountingClock clock, RecentRecipients recent, CountingGate? gate = null)
{
    /// <inheritdoc cref="CountingEngine.IsRefusedAtConnect"/>
    public bool IsRefusedAtConnect(IpBlock host, out Verdict verdict) => engine.IsRefusedAtConnect(host, clock.Now, out verdict);

    /// <inheritdoc cref="TrustedQuota.Register"/>
    public Attempt? RegisterQuota(IpBlock host, int perHour)
    {
        using var counting = CountingGate.Count(gate);
        return quota.Register(host, perHour, clock.Now);
    }

    /// <inheritdoc cref="TrustedQuota.IsWithin"/>
    public bool IsWithinQuota(in Attempt attempt, int perHour) => quota.IsWithin(attempt, perHour, clock.Now);

    /// <inheritdoc cref="TrustedQuota.PerHour"/>
    public float QuotaPerHour(IpBlock host) => quota.PerHour(host, clock.Now);

    /// <inheritdoc cref="CountingEngine.Register"/>
    public Attempt Register(IpBlock host, Mailbox? reversePath, Mailbox recipient, in Attempt? first = null)
    {
        var envelope = engine.Hash(host, reversePath is null ? null : PartsOf(reversePath), PartsOf(recipient));
        using var counting = CountingGate.Count(gate);
        return engine.Register(host, envelope, recipient.IsPostmaster, clock.Now, first);
    }

    /// <inheritdoc cref="CountingEngine.Judge(ref Attempt, long)"/>
    public Verdict Judge(ref Attempt attempt)
    {
        using var counting = CountingGate.Count(gate);
        return engine.Judge(ref attempt, clock.Now);
    }

    /// <summary>The verdict on an attempt that is judged only once.</summary>
    public Verdict Judge(Attempt attempt) => Judge(ref attempt);

    /// <inheritdoc cref="CountingEngine.RecipientUnknown"/>
    public void RecipientUnknown(IpBlock host)
    {
        using var counting = CountingGate.Count(gate);
        engine.RecipientUnknown(host, clock.Now);
    }

    /// <inheritdoc cref="CountingEngine.ContentRefused"/>
    public void ContentRefused(IpBlock host)
    {
        using var counting = CountingGate.Count(gate);
        engine.ContentRefused(host, clock.Now);
    }

    /// <inheritdoc cref="CountingEngine.Delivered"/>
    public void Delivered(in Attempt attempt) => engine.Delivered(attempt);

    /// <inheritdoc cref="EngineUpkeep.Forgive"/>
    public bool Forgive(IpBlock host) => engine.Forgive(host, clock.Now);

    /// <inheritdoc cref="EngineReadings.Read"/>
    public BlockCounts Read(IpBlock host) => engine.Read(host, clock.Now);

    /// <inheritdoc cref="RecentRecipients.Note"/>
    public void Note(IpBlock host, int recipients) => recent.Note(host, recipients);

    /// <inheritdoc cref="RecentRecipients.Of"/>
    public (int LastHour, int LastDay) CountedOf(IpBlock host) => recent.Of(host);

    /// <inheritdoc cref="EngineReadings.HasTried"/>
    public bool HasTried(IpBlock host, TimeSpan within) => engine.HasTried(host, within, clock.Now);

    /// <inheritdoc cref="CountingEngine.Describe"/>
    public BlockReport Describe(IpBlock host) => engine.Describe(host, clock.Now);

    private static MailboxParts PartsOf(Mailbox mailbox) => new(mailbox.LocalPart, mailbox.Domain);
}
