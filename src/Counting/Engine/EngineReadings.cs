using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting;

/// <summary>What an engine has counted of one host. Thread-safe.</summary>
public static class EngineReadings
{
    /// <summary>The attempts of a host alone, as counts.</summary>
    public static BlockCounts Read(this CountingEngine engine, IpBlock host, long now) => engine.Ledger.ReadHost(host, now);

    /// <summary>Whether a host attempted anything, at any node, in the time before now.</summary>
    public static bool HasTried(this CountingEngine engine, IpBlock host, TimeSpan within, long now) => engine.Ledger.LastAttempt(host, now) <= within;

    /// <summary>The recipients of a host that do not exist, as counts.</summary>
    public static BlockCounts ReadBadRecipients(this CountingEngine engine, IpBlock host, long now) => engine.Ledger.ReadHost(host, now, LedgerTable.BadRecipients);

    /// <summary>The messages of a host that content filters refused, as counts.</summary>
    public static BlockCounts ReadContentRejects(this CountingEngine engine, IpBlock host, long now) => engine.ReadBadRecipients(host.Supplement, now);
}
