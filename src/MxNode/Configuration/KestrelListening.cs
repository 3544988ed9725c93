using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace ThrottleNet.MxNode.Configuration;

/// <summary>How a feature takes its endpoints.</summary>
internal static class KestrelListening
{
    /// <summary>Listens on each endpoint and enters it in <see cref="BoundEndPoints"/>.</summary>
    public static void Listen(this KestrelServerOptions kestrel, Listener listener, IEnumerable<IPEndPoint> endPoints, Action<ListenOptions> configure)
    {
        var bound = kestrel.ApplicationServices.GetRequiredService<BoundEndPoints>();
        foreach (var endPoint in endPoints)
        {
            kestrel.Listen(endPoint, options =>
            {
                configure(options);
                bound.Add(listener, options);
            });
        }
    }
}
