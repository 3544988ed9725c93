namespace ThrottleNet.MxNode.Guard;

/// <summary>What a guard tells the other guards of its cluster about the courtesies of one host.</summary>
/// <param name="Host">An address of the host.</param>
/// <param name="At">When it was written, milliseconds since 1970.</param>
/// <param name="Mail">A hash of a mail that it brought; null with the host's whole page, and when the host is forgotten.</param>
/// <param name="Page">The host's page, for a node that joins; null otherwise.</param>
internal sealed record CourtesyNote(string Host, long At, int? Mail = null, CourtesyPage? Page = null);
