using System.Buffers;

namespace ThrottleNet.Protocol.Milter;

/// <summary>Reads a filter's answer to the negotiation.</summary>
internal static class MilterNegotiation
{
    /// <param name="input">The octets at hand; afterwards what is left of them.</param>
    /// <param name="options">What was agreed on; null unless the status is <see cref="MilterReadStatus.Answer"/>.</param>
    public static MilterRead Read(ref ReadOnlySequence<byte> input, out MilterOptions? options)
    {
        options = null;
        if (!MilterPacket.TryPeek(input, out var length, out var code))
        {
            return default;
        }

        if (code != (char)MilterEvent.Negotiate)
        {
            return MilterRead.Broken("it does not answer the negotiation");
        }

        if (MilterPacket.Fault(length) is { } tooLong)
        {
            return MilterRead.Broken(tooLong);
        }

        return MilterPacket.Take(ref input, length) is not { } data ? default
            : MilterOptions.TryParse(data, out options, out var fault) ? new MilterRead(MilterReadStatus.Answer, Answer: MilterAnswer.Continue)
            : MilterRead.Broken(fault);
    }
}
