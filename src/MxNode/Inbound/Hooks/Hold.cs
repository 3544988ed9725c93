using ThrottleNet.MxNode.Throttle;

namespace ThrottleNet.MxNode.Inbound.Hooks;

/// <summary>Keeps a registered attempt waiting before it is judged, so that this node and its peers can exchange their counts first.</summary>
/// <param name="options">Says for how long.</param>
/// <param name="time">The clock of the wait.</param>
/// <param name="gate">Null on a node without an exchange and a cluster, which has no other node to wait for.</param>
internal sealed class Hold(ThrottleOptions options, TimeProvider time, IHoldGate? gate = null)
{
    /// <summary>Waits until the network's counts are complete, and for <see cref="ThrottleOptions.Hold"/> at most. False: the client is gone.</summary>
    /// <param name="session">Waits, and notices when the client disconnects.</param>
    /// <param name="batch">The batch that carries the last attempt.</param>
    /// <param name="registered">Timestamp of that attempt's registration.</param>
    public ValueTask<bool> WaitAsync(Session session, ulong batch, long registered) =>
        gate is null || gate.IsAlone
            ? session.DelayAsync(TimeSpan.Zero)
            : session.DelayAsync(options.Hold - time.GetElapsedTime(registered), gate.WhenComplete(batch));
}
