namespace ThrottleNet.Counting;

/// <summary>What a node of a cluster remembers of an envelope since its last attempt there, for the other nodes.</summary>
/// <param name="Envelope">The keyed hash of the envelope; it means something only under the same <see cref="RetrySecret"/>.</param>
/// <param name="Time">When, milliseconds since 1970; a time in the future counts as the moment of arrival.</param>
/// <param name="State">Minutes that the sender was asked to wait, or one of the constants.</param>
public readonly record struct RetryNote(ulong Envelope, long Time, ushort State)
{
    /// <summary>The envelope passed, and its host was charged.</summary>
    public const ushort Passed = RetryMemory.PassedState;

    /// <summary>The message was delivered, so the envelope is forgotten.</summary>
    public const ushort Forgotten = ushort.MaxValue;

    public static RetryNote OfDelivered(ulong envelope) => new(envelope, long.MaxValue, Forgotten);
}
