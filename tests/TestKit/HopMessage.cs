namespace ThrottleNet.TestKit;

/// <summary>A message a scripted next hop has got, its dots unstuffed, and how it came.</summary>
internal sealed record HopMessage(string Mail, IReadOnlyList<string> Recipients, byte[] Content, string? Xclient, bool Tls, int Connection);
