namespace ThrottleNet.MxNode.Content;

/// <summary>What comes of a phase.</summary>
internal enum FilterOutcome
{
    /// <summary>The session goes on.</summary>
    Pass,

    /// <summary>The reply is the client's answer.</summary>
    Refused,

    /// <summary>A filter does not answer.</summary>
    Unavailable,

    /// <summary>A filter asks for a change that this node cannot make.</summary>
    CannotBeDone,
}
