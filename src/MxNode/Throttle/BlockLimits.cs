namespace ThrottleNet.MxNode.Throttle;

/// <summary>How much may come from a block. Sites and regions are never refused: over their limits they press on their hosts.</summary>
internal sealed record BlockLimits
{
    /// <summary>Units an hour up to which mail goes at once.</summary>
    public float Soft { get; init; }

    /// <summary>Units an hour from which mail is deferred.</summary>
    public float Hard { get; init; }

    /// <summary>Units a day from which mail is deferred.</summary>
    public float Day { get; init; }

    public IEnumerable<string> Validate(string section)
    {
        if (!(Hard > 0 && float.IsFinite(Hard)))
        {
            yield return $"{section}:Hard: {Hard} is no rate; set it above 0";
        }

        if (!(Soft > 0 && float.IsFinite(Soft)))
        {
            yield return $"{section}:Soft: {Soft} is no rate; set it above 0, up to Hard";
        }
        else if (Soft > Hard)
        {
            yield return $"{section}:Soft: {Soft} is above Hard ({Hard}); set it above 0, up to Hard";
        }

        if (!(Day >= 24 * Soft && float.IsFinite(Day)))
        {
            yield return $"{section}:Day: {Day} is under 24 hours at Soft ({24 * Soft}); set it to that or more, or lower Soft";
        }
    }

    internal BlockLimits Times(float factor) => new() { Soft = Soft * factor, Hard = Hard * factor, Day = Day * factor };
}
