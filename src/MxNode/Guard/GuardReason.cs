namespace ThrottleNet.MxNode.Guard;

/// <summary>Why the guard answers as it does. <see cref="GuardReplies"/> turns a reason into words.</summary>
internal enum GuardReason
{
    /// <summary>The client is a user of the destination and has logged in.</summary>
    Authenticated,

    /// <summary>The client is on the trusted list.</summary>
    Trusted,

    /// <summary>The client is a relay of the network, or the mail came through a relay.</summary>
    Relay,

    /// <summary>The network saw the client's host block: it is being slowed there, and tries the destination directly.</summary>
    Seen,

    /// <summary>The client is unknown and still gets a courtesy (<see cref="CourtesyBook"/>).</summary>
    Courtesy,

    /// <summary>The client is unknown and has had all its courtesies.</summary>
    Exhausted,

    /// <summary>The guard does not know now.</summary>
    Unsure,
}
