using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>What every part of a session uses: settings, limits, log, metrics, clock.</summary>
internal sealed record InboundContext(NodeOptions Node, Live<SmtpOptions> LiveSmtp, SessionLimits Limits, InboundLog Log, NodeMetrics Metrics, TimeProvider Time)
{
    /// <summary>The settings in force. Open sessions follow a reload of the configuration too.</summary>
    public SmtpOptions Smtp => LiveSmtp.Current;
}
