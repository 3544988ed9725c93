using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting;

/// <summary>What is seldom done to an engine: its clock is set, or an operator forgives a host.</summary>
public static class EngineUpkeep
{
    /// <summary>
    /// Prepares for a clock that goes forward at once: the machine was suspended, or its clock was set. Gives up what is older then. Times in rows and in
    /// the retry memory wrap, so long gaps are passed in steps. After a gap in which nothing is worth keeping, the memory of hosts begins anew.
    /// </summary>
    /// <param name="now">The present before the step.</param>
    /// <param name="gap">Milliseconds.</param>
    public static void Skip(this CountingEngine engine, long now, long gap)
    {
        foreach (var step in (ReadOnlySpan<TimeSpan>)[RetryMemory.MaxAge, 2 * RetryMemory.MaxAge, SnapshotFormat.Oldest + RetryMemory.MaxAge])
        {
            if (gap >= (long)step.TotalMilliseconds)
            {
                engine.Ledger.Sweep(now + (long)step.TotalMilliseconds);
                engine.Retries.Sweep(now + (long)step.TotalMilliseconds);
            }
        }

        if (gap > (long)SnapshotFormat.Oldest.TotalMilliseconds)
        {
            engine.Remember(now + gap, engine.Ledger.Rules.WarmUp == 0);
        }
    }

    /// <summary>
    /// Forgets the counts of a host by all nodes, so that it is neither refused nor deferred: an operator unblocked it. What it counted in its site and
    /// region stays, and so do the counts that other operators' nodes hold.
    /// </summary>
    /// <returns>Whether the host was refused when it connected.</returns>
    public static bool Forgive(this CountingEngine engine, IpBlock host, long now)
    {
        var refused = engine.IsRefusedAtConnect(host, now, out _);
        engine.Ledger.Forgive(host, now);
        return refused;
    }
}
