using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>The idle times of sessions, which shrink as connections run out, and whether the node is short of resources.</summary>
internal sealed class SessionLimits(Live<SmtpOptions> smtp, ConnectionRegistry connections, ResourcePressure pressure)
{
    /// <summary>How long a client may send nothing before a command.</summary>
    public TimeSpan IdleTimeout => connections.Shorten(smtp.Current.IdleTimeout);

    /// <summary>How long a client may send nothing within a text.</summary>
    public TimeSpan DataTimeout => connections.Shorten(smtp.Current.DataTimeout);

    public bool IsShortOfResources => pressure.IsShort();
}
