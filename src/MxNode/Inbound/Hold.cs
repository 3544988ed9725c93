using ThrottleNet.MxNode.Throttle;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>How long a registered attempt waits before it is judged, so that the network can hear of it first.</summary>
internal sealed class Hold(ThrottleOptions options, TimeProvider time)
{
    /// <summary>What is left of the hold of an attempt registered at this timestamp.</summary>
    public TimeSpan Left(long registered)
    {
        var left = options.Hold - time.GetElapsedTime(registered);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}
