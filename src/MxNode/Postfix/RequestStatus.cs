namespace ThrottleNet.MxNode.Postfix;

/// <summary>The outcome of an attempt to read a request.</summary>
internal enum RequestStatus
{
    /// <summary>The request is not complete yet.</summary>
    NeedMore,

    /// <summary>A request was read.</summary>
    Read,

    /// <summary>A request was read whose end is not known. It is answered, and the connection ends.</summary>
    ReadLast,

    /// <summary>The octets are no request. The connection is closed without an answer.</summary>
    Malformed,
}
