namespace ThrottleNet.MxNode.Inbound;

/// <summary>How a recipient was judged, in the words of log and metrics.</summary>
/// <param name="Verdict">forward, slow, defer, refuse.</param>
/// <param name="Reason">Why.</param>
internal sealed record Disposition(string Verdict, string Reason)
{
    public static readonly Disposition Trusted = new("forward", "Trusted");
}
