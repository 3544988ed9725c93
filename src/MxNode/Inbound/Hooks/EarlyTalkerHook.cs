
namespace ThrottleNet.MxNode.Inbound.Hooks;

/// <summary>Whoever speaks before the greeting does not speak SMTP but plays it back (RFC 5321, section 4.3.1: the client waits).</summary>
internal sealed class EarlyTalkerHook(SmtpMetrics metrics) : SessionHook
{
    public override ValueTask<Refusal?> GreetAsync(Session session)
    {
        if (!session.SpokeEarly)
        {
            return default;
        }

        metrics.EarlyTalker();
        return new(new Refusal(RefusalReason.EarlyTalker));
    }
}
