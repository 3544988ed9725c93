using Network = ThrottleNet.Protocol.Counts.Decay;

namespace ThrottleNet.MxNode.Throttle;

/// <summary>
/// Forward-decayed counters: C(t) = Σ nᵢ·e^−(t−tᵢ)/τ, so that C/τ is a rate and a burst of L·τ reaches the limit L at once
/// (Cormode, Shkapenyuk, Srivastava and Xu, "Forward Decay", ICDE 2009). The time constants are the network's. Ages are in tenths of a second.
/// </summary>
internal static class Decay
{
    /// <summary>The time constant of the fast counters.</summary>
    public static readonly TimeSpan FastTime = TimeSpan.FromMilliseconds(Network.Fast);

    /// <summary>The time constant of the slow counters.</summary>
    public static readonly TimeSpan SlowTime = TimeSpan.FromMilliseconds(Network.Slow);

    /// <summary>A fast count times this is a rate an hour.</summary>
    public const float FastPerHour = (float)(60 * 60 * 1000 / Network.Fast);

    /// <summary>A slow count times this is a rate a day.</summary>
    public const float SlowPerDay = (float)(24 * 60 * 60 * 1000 / Network.Slow);

    /// <summary>A row whose slow count is below this is as good as nothing: forgetting it moves a count of one unit by at most 1 %.</summary>
    public const float Nothing = 0.01f;

    private const float FastStep = (float)(-1000 / Network.Fast / Stamp.PerSecond);
    private const float SlowStep = (float)(-1000 / Network.Slow / Stamp.PerSecond);

    /// <summary>What is left of one unit in a fast counter.</summary>
    public static float Fast(int age) => MathF.Exp(age * FastStep);

    /// <summary>What is left of one unit in a slow counter.</summary>
    public static float Slow(int age) => MathF.Exp(age * SlowStep);
}
