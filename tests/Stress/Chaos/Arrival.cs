using System.Globalization;

namespace ThrottleNet.Stress.Chaos;

/// <summary>A message that a next hop has delivered.</summary>
/// <param name="Number">The message; -1 where its text named none.</param>
/// <param name="Attempt">The sender's attempt that led to this delivery.</param>
/// <param name="IsWhole">Whether the text is what the sender sent.</param>
/// <param name="At">When, in milliseconds since 1970.</param>
internal readonly record struct Arrival(int Number, int Attempt, bool IsWhole, long At)
{
    /// <summary>When the next hop took it, likewise: one with a queue delivers later, or after a restart. At the earliest, where that is not known exactly.</summary>
    public long TakenAt { get; init; } = At;

    /// <summary>A line of a file of arrivals, without its end.</summary>
    public string Line => string.Create(CultureInfo.InvariantCulture, $"{Number} {Attempt} {(IsWhole ? "whole" : "damaged")} {At}");

    /// <summary>Reads what <see cref="Line"/> gives.</summary>
    public static Arrival Parse(string line)
    {
        var parts = line.Split(' ');
        return new(
            int.Parse(parts[0], CultureInfo.InvariantCulture), int.Parse(parts[1], CultureInfo.InvariantCulture), parts[2] == "whole", long.Parse(parts[3], CultureInfo.InvariantCulture));
    }
}
