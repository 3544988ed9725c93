using System.Buffers;

namespace ThrottleNet.Protocol.Milter;

/// <summary>One thing read from a filter. What is not of its status is null or empty.</summary>
/// <param name="Status">What it is.</param>
/// <param name="Answer">The answer.</param>
/// <param name="Change">The change.</param>
/// <param name="Body">Octets of the new body, CRLF or not; valid as long as the buffer they came in. Empty at the start of an empty body.</param>
/// <param name="Fault">What the filter did wrong, in one line.</param>
public readonly record struct MilterRead(
    MilterReadStatus Status, MilterAnswer? Answer = null, MilterChange? Change = null, ReadOnlySequence<byte> Body = default, string? Fault = null)
{
    internal static MilterRead Broken(string fault) => new(MilterReadStatus.Fault, Fault: fault);
}
