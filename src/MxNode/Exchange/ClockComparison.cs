using System.Globalization;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>Judges this node's clock by the clocks of its neighbours, as their batches show them.</summary>
internal static class ClockComparison
{
    /// <summary>Says that this node's clock is wrong; null: it is right, or not known to be wrong.</summary>
    /// <param name="neighbours">
    /// The operator of each neighbour whose clock is known, and the milliseconds by which its clock is ahead. Each operator has one vote, its
    /// median. More than half of the operators must differ by more than <paramref name="maxSkew"/> in one direction.
    /// </param>
    /// <param name="maxSkew">The largest difference that nodes correct, in milliseconds.</param>
    public static string? FaultOf(IEnumerable<(string Operator, long Ahead)> neighbours, long maxSkew)
    {
        var votes = neighbours.GroupBy(n => n.Operator, n => n.Ahead, (_, ahead) => Median(ahead)).ToList();
        var behind = votes.Where(ahead => ahead > maxSkew).ToList();
        var ahead = votes.Where(ahead => ahead < -maxSkew).ToList();
        return behind.Count * 2 > votes.Count ? Say(Median(behind), "behind", behind.Count)
            : ahead.Count * 2 > votes.Count ? Say(Median(ahead), "ahead of", ahead.Count)
            : null;

        string Say(long difference, string direction, int operators) => string.Create(
            CultureInfo.InvariantCulture,
            $"this node's clock is {TimeSpan.FromSeconds(Math.Abs(difference) / 1000)} {direction} the clocks of neighbouring operators ({operators} of {votes.Count}), so nodes refuse each other's counts; set the clock (NTP)");
    }

    private static long Median(IEnumerable<long> values)
    {
        long[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }
}
