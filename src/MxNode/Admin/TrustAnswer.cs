namespace ThrottleNet.MxNode.Admin;

/// <summary>The answer to an admin who asked the node to sign a statement.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Text">One line for the admin. Without a key: the command that signs it on the machine that has one.</param>
/// <param name="Report">The statement; null unless it was signed.</param>
internal sealed record TrustAnswer(TrustOutcome Outcome, string Text, TrustChangeReport? Report = null);
