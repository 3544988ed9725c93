using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Listening;

namespace ThrottleNet.MxNode.Direct;

/// <summary>Wires the direct map into the node; without <c>Direct:Listen</c> there is none.</summary>
internal static class DirectServices
{
    public static IServiceCollection AddDirect(this IServiceCollection services, DirectOptions options) =>
        !options.IsOn ? services : services
            .AddSingleton(options)
            .AddSingleton<DirectLog>()
            .AddSingleton<DirectMap>()
            .AddSingleton<DirectConnectionHandler>()
            .OnStarted((provider, bound) => provider.GetRequiredService<DirectLog>().Listening(string.Join(", ", bound.Of(Listener.Direct))));

    /// <summary>Answers mail servers on the endpoints of <c>Direct:Listen</c>.</summary>
    public static void ListenDirect(this KestrelServerOptions kestrel, DirectOptions options) =>
        kestrel.Listen(Listener.Direct, options.EndPoints, endPoint => endPoint.UseConnectionHandler<DirectConnectionHandler>());
}
