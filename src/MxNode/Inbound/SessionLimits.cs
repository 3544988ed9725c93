using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>The idle times of sessions, which shrink as connections run out, and whether the node is short of resources.</summary>
internal sealed class SessionLimits(SmtpOptions smtp, ConnectionRegistry connections, ResourcePressure pressure)
{
    /// <summary>How long a client may send nothing before a command.</summary>
    public TimeSpan IdleTimeout => connections.Shorten(smtp.IdleTimeout);

    /// <summary>How long a client may send nothing within a text.</summary>
    public TimeSpan DataTimeout => connections.Shorten(smtp.DataTimeout);

    public bool IsShortOfResources => pressure.IsShort();
}
