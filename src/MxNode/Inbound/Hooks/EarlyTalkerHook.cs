using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Inbound.Hooks;

/// <summary>Refuses an early talker: a client that sends before the greeting plays a script back (RFC 5321, section 4.3.1: the client waits).</summary>
internal sealed class EarlyTalkerHook(Session session, NodeMetrics metrics) : SessionHook
{
    public override ValueTask<Step> GreetAsync()
    {
        if (!session.SpokeEarly)
        {
            return default;
        }

        metrics.EarlyTalker();
        return new(Step.Refuse(RefusalReason.EarlyTalker));
    }
}
