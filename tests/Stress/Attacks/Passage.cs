using System.Globalization;

namespace ThrottleNet.Stress.Attacks;

/// <summary>How messages passed during an attack.</summary>
/// <param name="Times">How long each took until it was accepted, the shortest first.</param>
/// <param name="Failures">The last replies to messages that were not accepted.</param>
internal sealed record Passage(IReadOnlyList<TimeSpan> Times, IReadOnlyList<string> Failures)
{
    public int Count => Times.Count + Failures.Count;

    public TimeSpan Slowest => Times.Count > 0 ? Times[^1] : TimeSpan.MaxValue;

    /// <summary>The share of all messages that were accepted within a time, from 0 to 1.</summary>
    public double Within(TimeSpan time) => Count == 0 ? 0 : (double)Times.Count(t => t <= time) / Count;

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Count} messages, {Failures.Count} not accepted, median {At(0.5):0.00} s, 90 % {At(0.9):0.00} s, 95 % {At(0.95):0.00} s, slowest {At(1):0.00} s{(Failures.Count == 0 ? "" : "; last reply: " + Failures[0])}");

    private double At(double share) => Times.Count == 0 ? double.NaN : Times[Math.Min(Times.Count - 1, (int)(share * Times.Count))].TotalSeconds;
}
