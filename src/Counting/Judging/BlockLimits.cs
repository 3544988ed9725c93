namespace ThrottleNet.Counting;

/// <summary>How much may come from a block. Sites and regions are never refused: over their limits they press on their hosts.</summary>
public sealed record BlockLimits
{
    /// <summary>A unit in four days: lower limits are no limits but bans, and counts over them would be too large for numbers.</summary>
    public const float LeastRate = 0.01f;

    /// <summary>Units an hour up to which mail goes at once.</summary>
    public float Soft { get; init; }

    /// <summary>Units an hour from which mail is deferred.</summary>
    public float Hard { get; init; }

    /// <summary>Units a day from which mail is deferred.</summary>
    public float Day { get; init; }

    public IEnumerable<string> Validate(string section)
    {
        if (!IsRate(Hard))
        {
            yield return $"{section}:Hard: {Hard} is no rate; set it to {LeastRate} or more";
        }

        if (!IsRate(Soft))
        {
            yield return $"{section}:Soft: {Soft} is no rate; set it between {LeastRate} and Hard";
        }
        else if (Soft > Hard)
        {
            yield return $"{section}:Soft: {Soft} is above Hard ({Hard}); set it between {LeastRate} and Hard";
        }

        if (!(Day >= 24 * Soft && float.IsFinite(Day)))
        {
            yield return $"{section}:Day: {Day} is under 24 hours at Soft ({24 * Soft}); set it to that or more, or lower Soft";
        }
    }

    public static bool IsRate(float rate) => rate >= LeastRate && float.IsFinite(rate);

    public BlockLimits Times(float factor) => new() { Soft = Soft * factor, Hard = Hard * factor, Day = Day * factor };
}
