using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace ThrottleNet.MxNode.Spool;

/// <summary>
/// Names a message of the queue. Each start of a node draws a <paramref name="Run"/> of its own, so ids stay unique when the files of one
/// node's queue are copied into another's.
/// </summary>
/// <param name="Run">A random number of 48 bits.</param>
/// <param name="Number">The place of the message among those of its run.</param>
internal readonly record struct QueueId(long Run, long Number)
{
    public const int RunDigits = 12;

    /// <summary>Reads <see cref="ToString"/>.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out QueueId id)
    {
        id = default;
        if (text is not { Length: > RunDigits + 1 and <= RunDigits + 20 } || text[RunDigits] != '-'
            || !long.TryParse(text.AsSpan(0, RunDigits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var run)
            || !long.TryParse(text.AsSpan(RunDigits + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        id = new QueueId(run, number);
        return true;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Run:x12}-{Number}");
}
