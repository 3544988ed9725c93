using System.Net;

namespace ThrottleNet.MxNode.Configuration;

/// <summary>Checks lists of addresses to listen on.</summary>
internal static class ListenAddresses
{
    /// <summary>An error for each endpoint that is named twice. Port 0 may be repeated, because it takes another port each time.</summary>
    /// <param name="listen">The endpoints.</param>
    /// <param name="section">The configuration's section.</param>
    /// <param name="key">The setting in it.</param>
    public static IEnumerable<string> ValidateListen(this IEnumerable<IPEndPoint> listen, string section, string key = "Listen") =>
        from named in listen.GroupBy(endPoint => endPoint)
        where named.Count() > 1 && named.Key.Port != 0
        select $"{section}:{key}: {named.Key} is named twice; name it once";
}
