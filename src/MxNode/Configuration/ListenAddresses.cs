using System.Net;

namespace ThrottleNet.MxNode.Configuration;

/// <summary>What is checked of any list of addresses to listen on.</summary>
internal static class ListenAddresses
{
    /// <summary>A line for each that is named twice; port 0 may be, since each time it is another port.</summary>
    public static IEnumerable<string> ValidateListen(this IEnumerable<IPEndPoint> listen, string section) =>
        from named in listen.GroupBy(endPoint => endPoint)
        where named.Count() > 1 && named.Key.Port != 0
        select $"{section}:Listen: {named.Key} is named twice; name it once";
}
