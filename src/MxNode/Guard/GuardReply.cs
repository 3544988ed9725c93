namespace ThrottleNet.MxNode.Guard;

/// <summary>An SMTP reply that a mail server should give its client.</summary>
/// <param name="Code">421, 450 or 554.</param>
/// <param name="Status">The enhanced status code (RFC 3463).</param>
/// <param name="Text">One line, of at most 400 octets of printable ASCII.</param>
internal sealed record GuardReply(int Code, string Status, string Text);
