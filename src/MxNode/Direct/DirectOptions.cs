using System.Net;
using ThrottleNet.MxNode.Configuration;

namespace ThrottleNet.MxNode.Direct;

/// <summary>Section <c>Direct</c>: tells the mail server of a trusted sender which hosts are a domain's real MX.</summary>
internal sealed record DirectOptions
{
    /// <summary>Where the mail server asks (Postfix: transport_maps = socketmap:inet:…:direct).</summary>
    public IReadOnlyList<IPEndPoint>? Listen { get; init; }

    /// <summary>The answers' shape for map names that say none; the names postfix, sendmail, mailertable, exim and opensmtpd select theirs.</summary>
    public DirectShape Shape { get; init; } = DirectShape.Postfix;

    /// <summary>The endpoints of <see cref="Listen"/>; none by default.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints => Listen ?? [];

    public bool IsOn => EndPoints.Count > 0;

    public IEnumerable<string> Validate(string section) => EndPoints.ValidateListen(section);
}
