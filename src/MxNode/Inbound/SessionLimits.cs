using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>How long a session may be silent, and whether the node has what it takes to go on; both depend on what else the node carries.</summary>
internal sealed class SessionLimits(SmtpOptions smtp, ConnectionRegistry connections, ResourcePressure pressure)
{
    /// <summary>How long a client may send nothing before a command.</summary>
    public TimeSpan IdleTimeout => connections.Shorten(smtp.IdleTimeout);

    /// <summary>How long a client may send nothing within a text.</summary>
    public TimeSpan DataTimeout => connections.Shorten(smtp.DataTimeout);

    public bool IsShortOfResources => pressure.IsShort();
}
