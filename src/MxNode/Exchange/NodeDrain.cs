using ThrottleNet.MxNode.Listening;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>The number of mail sessions that this node still serves.</summary>
internal delegate int OpenSessions();

/// <summary>Whether a node that is stopping has published what it had to report of its cluster.</summary>
internal delegate bool Reported();

/// <summary>Whether a node that is stopping has no mail session left, and nothing to report. Until then it continues to share its counts.</summary>
/// <param name="lifetime">Shows whether the node is stopping.</param>
/// <param name="delay">While it lasts, the node still takes new sessions.</param>
/// <param name="sessions">Null on a node that takes no mail.</param>
/// <param name="reported">Null on a node without a cluster.</param>
internal sealed class NodeDrain(IHostApplicationLifetime lifetime, DrainDelay delay, OpenSessions? sessions = null, Reported? reported = null)
{
    public bool IsOver =>
        lifetime.ApplicationStopping.IsCancellationRequested && delay.IsOver && (sessions is null || sessions() == 0) && (reported is null || reported());
}
