namespace ThrottleNet.Protocol.Counts;

/// <summary>
/// Forward decay (Cormode et al., ICDE 2009): a unit counted at t weighs e^-((now - t)/tau). All nodes share the time
/// constants, since snapshots carry decayed values.
/// </summary>
public static class Decay
{
    /// <summary>30 minutes, in milliseconds: the counter behind the hourly limits.</summary>
    public const double Fast = 30 * 60 * 1000.0;

    /// <summary>12 hours, in milliseconds: the counter behind the daily limits.</summary>
    public const double Slow = 12 * 60 * 60 * 1000.0;

    /// <param name="age">Milliseconds; in the future (negative) nothing grows.</param>
    /// <param name="tau">Time constant, milliseconds.</param>
    public static double Factor(long age, double tau) => age <= 0 ? 1 : Math.Exp(-age / tau);
}
