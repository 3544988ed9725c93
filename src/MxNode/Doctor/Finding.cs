namespace ThrottleNet.MxNode.Doctor;

/// <summary>The outcome of one check, in order of severity.</summary>
internal enum FindingLevel
{
    Pass,

    /// <summary>The check cannot be made from here; the advice says from where.</summary>
    Skip,

    /// <summary>Mail arrives, but not all of it, not from every sender, or not as it should.</summary>
    Warn,

    /// <summary>Mail is refused, bounces, or bypasses the network.</summary>
    Fail,
}

/// <summary>The result of one check. Parts of it come from other hosts, so both texts are cleaned for a terminal.</summary>
/// <param name="Level">The outcome.</param>
/// <param name="Check">The check's name, for programs.</param>
/// <param name="Text">What was found, on one line.</param>
/// <param name="Advice">What to do; null if nothing.</param>
internal sealed record Finding(FindingLevel Level, string Check, string Text, string? Advice = null)
{
    /// <summary>The longest text, in characters.</summary>
    public const int MaxText = 400;

    /// <summary>The heading under which people see it.</summary>
    public string Group { get; init; } = "";

    public string Text { get; init; } = Clean(Text);

    public string? Advice { get; init; } = Advice is null ? null : Clean(Advice);

    public static Finding Pass(string check, string text) => new(FindingLevel.Pass, check, text);

    public static Finding Skip(string check, string text, string advice) => new(FindingLevel.Skip, check, text, advice);

    public static Finding Warn(string check, string text, string advice) => new(FindingLevel.Warn, check, text, advice);

    public static Finding Fail(string check, string text, string advice) => new(FindingLevel.Fail, check, text, advice);

    /// <summary>Printable ASCII only: no escape sequence, line end or change of writing direction reaches the terminal.</summary>
    private static string Clean(string text)
    {
        var cut = text.Length > MaxText ? string.Concat(text.AsSpan(0, MaxText - 3), "...") : text;
        return string.Create(cut.Length, cut, static (clean, from) =>
        {
            for (var i = 0; i < clean.Length; i++)
            {
                clean[i] = from[i] is >= ' ' and <= '~' ? from[i] : '?';
            }
        });
    }
}
