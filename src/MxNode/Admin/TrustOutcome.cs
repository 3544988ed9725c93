namespace ThrottleNet.MxNode.Admin;

/// <summary>What became of a statement that the node was asked to sign.</summary>
internal enum TrustOutcome
{
    /// <summary>It is signed, and on disk.</summary>
    Signed,

    /// <summary>A field is wrong.</summary>
    WrongField,

    /// <summary>The operator gave the node no key.</summary>
    NoKey,

    /// <summary>It is doubtful, and was not confirmed.</summary>
    NeedsConfirmation,

    /// <summary>It would have no effect, or the key or the log cannot be used.</summary>
    Refused,
}
