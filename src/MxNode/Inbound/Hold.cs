using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Throttle;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>How long a registered attempt waits before it is judged, so that the network can hear of it first, and this node of the network's.</summary>
/// <param name="gate">Null on a node without an exchange: there is nobody to wait for.</param>
internal sealed class Hold(ThrottleOptions options, TimeProvider time, HoldGate? gate = null)
{
    /// <summary>Waits until the batch is complete, or for <see cref="ThrottleOptions.Hold"/> at most. False: the client is gone.</summary>
    /// <param name="batch">The one that carries the last attempt.</param>
    /// <param name="registered">When that was registered, as a timestamp.</param>
    public ValueTask<bool> WaitAsync(Session session, ulong batch, long registered) =>
        gate is null || gate.IsAlone
            ? session.DelayAsync(TimeSpan.Zero)
            : session.DelayAsync(options.Hold - time.GetElapsedTime(registered), gate.WhenComplete(batch));
}
