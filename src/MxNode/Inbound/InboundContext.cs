using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>What every part of a session uses: settings, limits, log, metrics, clock.</summary>
internal sealed record InboundContext(NodeOptions Node, SmtpOptions Smtp, SessionLimits Limits, InboundLog Log, NodeMetrics Metrics, TimeProvider Time);
