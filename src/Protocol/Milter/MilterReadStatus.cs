namespace ThrottleNet.Protocol.Milter;

/// <summary>What <see cref="MilterClient.Read"/> found.</summary>
public enum MilterReadStatus
{
    /// <summary>The filter is not done; wait for more octets.</summary>
    NeedMore,

    /// <summary>The filter reports that it is still at work: the wait for its answer starts anew.</summary>
    Progress,

    /// <summary>The answer to the last event; the next event may be sent.</summary>
    Answer,

    /// <summary>A change of the message; the answer is still to come.</summary>
    Change,

    /// <summary>A piece of the new body, to be put behind those before it; the answer is still to come.</summary>
    BodyPiece,

    /// <summary>The filter broke the protocol or a limit. The connection is of no more use.</summary>
    Fault,
}
