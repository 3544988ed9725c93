using System.Globalization;
using System.Net;
using ThrottleNet.Counting.Batches;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting.Tests;

/// <summary>A counting engine with its own clock.</summary>
internal sealed class EngineRig
{
    public const long Start = 1_767_225_600_000;

    private readonly CountingLimits _limits;
    private readonly FaultTolerance? _faults;
    private int _recipients;

    public EngineRig(CountingLimits? limits = null, int? faulty = null, ActiveOperators? active = null, Outbox? outbox = null)
    {
        // Small, because tests create many. No warm-up unless a test sets one.
        _limits = limits ?? CountingLimits.Default with { WarmUp = TimeSpan.Zero, MaxEnvelopes = 1024, MaxRows = 100_000 };
        _faults = faulty is { } f ? new FaultTolerance("us", f) : null;
        Outbox = outbox ?? (faulty is null ? null : new Outbox());
        Engine = New();
        Engine.Operators = active ?? new ActiveOperators(6, IsSettled: true);
        Quota = new TrustedQuota(Engine, Outbox);
    }

    public CountingEngine Engine { get; private set; }

    public Outbox? Outbox { get; }

    public TrustedQuota Quota { get; }

    /// <summary>Milliseconds since 1970.</summary>
    public long Now { get; private set; } = Start;

    public CountingLimits Limits => _limits;

    public static IpBlock Of(string address) => IpBlock.Of(IPAddress.Parse(address));

    public void Advance(TimeSpan time) => Now += (long)Math.Ceiling(time.TotalMilliseconds);

    public CountingEngine New() => new(_limits, Now, _faults, Outbox, secret: 4711) { Operators = Engine?.Operators ?? new ActiveOperators(0, IsSettled: true) };

    /// <summary>Stores the counts, and continues with a new engine that reads them.</summary>
    public void Restart()
    {
        using var stream = new MemoryStream();
        Engine.WriteTo(stream, Now);
        var engine = New();
        engine.ReadFrom(stream, Now);
        Engine = engine;
    }

    public Attempt Register(IpBlock host, string? recipient = null, bool toPostmaster = false, Attempt? first = null) => Engine.Register(
        host, Engine.Hash(host, new MailboxParts("sender", "example.org"), new MailboxParts(recipient ?? string.Create(CultureInfo.InvariantCulture, $"r{_recipients++}"), "example.com")), toPostmaster, Now, first);

    public Verdict Judge(Attempt attempt) => Engine.Judge(ref attempt, Now);

    public Verdict Attempt(IpBlock host, string? recipient = null, bool toPostmaster = false) => Judge(Register(host, recipient, toPostmaster));

    public bool IsRefusedAtConnect(IpBlock host, out Verdict verdict) => Engine.IsRefusedAtConnect(host, Now, out verdict);

    public BlockReport Describe(IpBlock host) => Engine.Describe(host, Now);

    public BlockCounts Read(IpBlock host) => Engine.Read(host, Now);

    /// <summary>Counts units as this node's own.</summary>
    public void AddOwn(IpBlock host, double units) => Engine.Ledger.AddOwn(host, (float)units, Now);

    /// <summary>Units of a snapshot, which have no reporter.</summary>
    public void AddUnattributed(IpBlock host, double units, double bad = 0)
    {
        var (counts, bads) = (Read(host), Engine.ReadBadRecipients(host, Now));
        Engine.Raise(
            [new SnapshotRow(host.Key, counts.Own + counts.Others + units, counts.Slow + units, bads.Own + bads.Others + bad, bads.Slow + bad)], Now);
    }

    public void Report(string reporter, IpBlock host, double units, double bad = 0, long? time = null) => Engine.Apply(
        reporter,
        BatchCounts.Of(
            units > 0 ? [new CountEntry(host.Key, (uint)(units * CountEntry.PerUnit))] : [],
            bad > 0 ? [new CountEntry(host.Key, (uint)(bad * CountEntry.PerUnit))] : []),
        time ?? Now,
        Now);

    /// <summary>Gives a host a row with standing, as if it had sent for months, or a row without.</summary>
    public void Stand(IpBlock host, bool stands = true, TimeSpan? age = null)
    {
        var stamp = Stamp.Of(Now);
        var row = HostRow.Empty(host.Key, stamp);
        row.Standing = stands;
        row.SetAge(stamp, Stamp.Steps(age ?? (stands ? TimeSpan.FromDays(60) : TimeSpan.Zero)));
        Assert.True(Engine.Ledger.Restore(s => s.Hosts, row, Now));
    }
}
