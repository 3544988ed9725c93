using System.Net;
using ThrottleNet.MxNode.Configuration;

namespace ThrottleNet.MxNode.Direct;

/// <summary>Section <c>Direct</c>: tells a trusted sender's mail server the way past the magic MX.</summary>
internal sealed record DirectOptions
{
    /// <summary>Where Postfix asks (transport_maps = socketmap:inet:…:direct).</summary>
    public IReadOnlyList<IPEndPoint>? Listen { get; init; }

    /// <summary>Where it listens: nowhere by default.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints => Listen ?? [];

    public bool IsOn => EndPoints.Count > 0;

    public IEnumerable<string> Validate(string section) => EndPoints.ValidateListen(section);
}
