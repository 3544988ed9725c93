using System.Globalization;

namespace ThrottleNet.Stress.Chaos;

/// <summary>A message that a next hop has taken.</summary>
/// <param name="Number">The message; -1 where its text named none.</param>
/// <param name="Attempt">The sender's attempt that led to this delivery.</param>
/// <param name="IsWhole">Whether the text is what the sender sent.</param>
internal readonly record struct Arrival(int Number, int Attempt, bool IsWhole)
{
    public static Arrival Parse(string line)
    {
        var parts = line.Split(' ');
        return new(int.Parse(parts[0], CultureInfo.InvariantCulture), int.Parse(parts[1], CultureInfo.InvariantCulture), parts[2] == "whole");
    }
}
