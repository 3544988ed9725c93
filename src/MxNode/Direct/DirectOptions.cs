using System.Net;
using ThrottleNet.MxNode.Configuration;

namespace ThrottleNet.MxNode.Direct;

/// <summary>Section <c>Direct</c>: gives the mail server of a trusted sender the hosts of a domain's real MX.</summary>
internal sealed record DirectOptions
{
    /// <summary>Where the mail server asks (Postfix: transport_maps = socketmap:inet:…:direct).</summary>
    public IReadOnlyList<IPEndPoint>? Listen { get; init; }

    /// <summary>The answers' shape for map names that say none; postfix, sendmail, exim or opensmtpd. A map that has one of these names gets that shape.</summary>
    public string Shape { get; init; } = "postfix";

    /// <summary>The endpoints of <see cref="Listen"/>; none by default.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints => Listen ?? [];

    public bool IsOn => EndPoints.Count > 0;

    /// <summary>The shape that a name selects, in any case; null for other names. mailertable and transport are sendmail's and Postfix's own words.</summary>
    public static DirectShape? ShapeOf(string name) => name.ToLowerInvariant() switch
    {
        "postfix" or "transport" => DirectShape.Postfix,
        "sendmail" or "mailertable" => DirectShape.Sendmail,
        "exim" => DirectShape.Exim,
        "opensmtpd" => DirectShape.OpenSmtpd,
        _ => null,
    };

    public IEnumerable<string> Validate(string section)
    {
        foreach (var problem in EndPoints.ValidateListen(section))
        {
            yield return problem;
        }

        if (ShapeOf(Shape) is null)
        {
            yield return $"{section}:{nameof(Shape)}: \"{Shape}\" is no shape; set it to postfix, sendmail, exim or opensmtpd";
        }
    }
}
