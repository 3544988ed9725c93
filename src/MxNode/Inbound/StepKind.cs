namespace ThrottleNet.MxNode.Inbound;

/// <summary>How a session goes on after a step.</summary>
internal enum StepKind
{
    /// <summary>The step has nothing to say; the next one follows.</summary>
    Continue,

    /// <summary>The step's reply is the answer at this phase; the session goes on.</summary>
    Answer,

    /// <summary>The step's reply, if it has one, is the session's last.</summary>
    End,
}
