namespace ThrottleNet.Counting;

/// <summary>
/// Forward-decayed counters: C(t) = Σ nᵢ·e^−(t−tᵢ)/τ, so that C/τ is a rate, and a burst of L·τ units reaches the limit L at once
/// (Cormode, Shkapenyuk, Srivastava and Xu, "Forward Decay", ICDE 2009). All nodes share the time constants, since snapshots carry decayed values.
/// </summary>
public static class Decay
{
    /// <summary>τ of the fast counters, which the hourly limits use: 30 minutes, in milliseconds.</summary>
    public const double FastTau = 30 * 60 * 1000.0;

    /// <summary>τ of the slow counters, which the daily limits use: 12 hours, in milliseconds.</summary>
    public const double SlowTau = 12 * 60 * 60 * 1000.0;

    /// <summary>A fast count times this is a rate an hour.</summary>
    public const float FastPerHour = (float)(60 * 60 * 1000 / FastTau);

    /// <summary>A slow count times this is a rate a day.</summary>
    public const float SlowPerDay = (float)(24 * 60 * 60 * 1000 / SlowTau);

    /// <summary>A row whose slow count is below this is dropped: that changes a count of one unit by at most 1 %.</summary>
    public const float Nothing = 0.01f;

    private const float FastStep = (float)(-1000 / FastTau / Stamp.PerSecond);
    private const float SlowStep = (float)(-1000 / SlowTau / Stamp.PerSecond);

    /// <summary><see cref="FastTau"/> as a time span.</summary>
    public static TimeSpan FastTime { get; } = TimeSpan.FromMilliseconds(FastTau);

    /// <summary><see cref="SlowTau"/> as a time span.</summary>
    public static TimeSpan SlowTime { get; } = TimeSpan.FromMilliseconds(SlowTau);

    /// <summary>The share of a unit that is left at an age. An age below zero gives 1: nothing grows.</summary>
    /// <param name="age">Milliseconds.</param>
    /// <param name="tau">Time constant, milliseconds.</param>
    public static double Factor(long age, double tau) => age <= 0 ? 1 : Math.Exp(-age / tau);

    /// <summary>The share of a unit that is left in a fast counter.</summary>
    /// <param name="steps">The age, in steps of <see cref="Stamp"/>.</param>
    internal static float Fast(int steps) => Exp(steps * FastStep);

    /// <summary>The share of a unit that is left in a slow counter.</summary>
    /// <param name="steps">The age, in steps of <see cref="Stamp"/>.</param>
    internal static float Slow(int steps) => Exp(steps * SlowStep);

    // Most rows that are touched are seconds old: there four terms of the series are as exact as a float is, at a third of the cost.
    private static float Exp(float x) => x > -0.05f ? 1 + (x * (1 + (x * (0.5f + (x * ((1 / 6f) + (x / 24))))))) : MathF.Exp(x);
}
