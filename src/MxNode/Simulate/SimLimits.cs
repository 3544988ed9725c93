using ThrottleNet.Protocol.Counts;

namespace ThrottleNet.MxNode.Simulate;

/// <summary>The host's limits that the simulation judges by: the defaults of a node, without the pressure of site and region.</summary>
internal static class SimLimits
{
    public const int Faulty = 2;

    /// <summary>Units of the fast counter at 20 an hour: a burst of so many reaches the limit at once.</summary>
    public const double Hard = 20 * Decay.Fast / 3_600_000;

    /// <summary>Units of the slow counter at 150 a day.</summary>
    public const double Day = 150 * Decay.Slow / 86_400_000;

    /// <summary>Units of the fast counter at 5 an hour: who surely did less is slowed at most, where others may lie.</summary>
    public const double Soft = 5 * Decay.Fast / 3_600_000;

    public static BlockCount Warm => new(Hard / 2, Day / 2);

    /// <summary>How far over its limit a block is; 1 is at it.</summary>
    public static double Excess(BlockCount count) => Math.Max(count.Fast / Hard, count.Slow / Day);
}
