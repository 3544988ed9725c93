namespace ThrottleNet.Protocol.Milter;

/// <summary>A filter's decision on one event.</summary>
public enum MilterVerdict
{
    Continue,

    /// <summary>After connect and helo: no more events in this connection. Later: no more events for this message.</summary>
    Accept,

    /// <summary>Refuse with <see cref="MilterAnswer.Reply"/>; after connect and helo the whole connection, after a recipient that recipient alone.</summary>
    Refuse,

    /// <summary>Say 250 and drop the message.</summary>
    Discard,

    /// <summary>No more events of this kind in this message.</summary>
    Skip,

    /// <summary>End the client's connection (421).</summary>
    Disconnect,
}
