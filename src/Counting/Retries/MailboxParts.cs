namespace ThrottleNet.Counting;

/// <summary>The two parts of a mailbox, for hashing.</summary>
public readonly record struct MailboxParts(string LocalPart, string Domain);
