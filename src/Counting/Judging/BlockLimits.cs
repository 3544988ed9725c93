namespace ThrottleNet.Counting;

/// <summary>How much may come from a host.</summary>
public sealed record BlockLimits
{
    /// <summary>A unit in four days: a lower limit would be a ban, and loads over it would be too large for numbers.</summary>
    public const float LeastRate = 0.01f;

    /// <summary>Units an hour up to which mail passes at once.</summary>
    public float Soft { get; init; }

    /// <summary>Units an hour from which mail is deferred.</summary>
    public float Hard { get; init; }

    /// <summary>Units a day from which mail is deferred.</summary>
    public float Day { get; init; }

    /// <summary>Whether a number is usable as a rate.</summary>
    public static bool IsRate(float rate) => rate >= LeastRate && float.IsFinite(rate);
}
