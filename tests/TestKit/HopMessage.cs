namespace ThrottleNet.TestKit;

/// <summary>A message that a scripted next hop has accepted, without dot-stuffing.</summary>
internal sealed record HopMessage(string Mail, IReadOnlyList<string> Recipients, byte[] Content, string? Xclient, bool Tls, int Connection)
{
    /// <summary>Its text came by BDAT, not by DATA.</summary>
    public bool ByBdat { get; init; }
}
