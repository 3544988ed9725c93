namespace ThrottleNet.MxNode.Telemetry;

/// <summary>What became of a recipient, or of a connection that got no further than the door.</summary>
internal enum VerdictKind
{
    /// <summary>A recipient was passed on without a delay.</summary>
    Passed,

    /// <summary>A recipient was passed on after a delay.</summary>
    Slowed,

    /// <summary>A recipient was answered 4xx: the sender tries again.</summary>
    Deferred,

    /// <summary>A recipient was answered 5xx.</summary>
    Refused,

    /// <summary>A connection was ended by the node before any recipient.</summary>
    TurnedAway,
}
