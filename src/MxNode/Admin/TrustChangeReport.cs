namespace ThrottleNet.MxNode.Admin;

/// <summary>A statement that the node has signed; the answer of POST /api/trust.</summary>
/// <param name="Statement">The statement.</param>
/// <param name="Line">Its line in the log of the node's key.</param>
/// <param name="Warnings">What the admin may not have meant.</param>
internal sealed record TrustChangeReport(StatementReport Statement, string Line, IReadOnlyList<string> Warnings);
