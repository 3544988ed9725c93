using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Inbound.Hooks;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>Wires the SMTP server into the node.</summary>
internal static class InboundServices
{
    public static IServiceCollection AddInbound(this IServiceCollection services, NodeOptions node, SmtpOptions smtp) => services
        .AddSingleton(node)
        .AddSingleton(smtp)
        .AddSingleton<InboundLog>()
        .AddSingleton<SmtpMetrics>()
        .AddSingleton<ServerCertificate>()
        .AddSingleton<ResourcePressure>()
        .AddSingleton<Hold>()
        .AddSingleton(provider => new ConnectionRegistry(smtp, block => provider.GetRequiredService<Throttle.Throttle>().Describe(block).Load, provider.GetRequiredService<TimeProvider>()))
        .AddSingleton<SmtpServices>()
        .AddSingleton<SmtpConnectionHandler>()
        .AddHook<DoorHook>()
        .AddHook<EarlyTalkerHook>()
        .AddHook<HelloHook>()
        .AddHook<ThrottleHook>()
        .AddHook<LoopHook>();

    /// <summary>Speaks SMTP on the endpoints of <c>Smtp:Listen</c>.</summary>
    public static void ListenSmtp(this KestrelServerOptions kestrel, SmtpOptions options) =>
        kestrel.Listen(Listener.Smtp, options.Listen, endPoint => endPoint.UseConnectionHandler<SmtpConnectionHandler>());

    /// <summary>Puts a hook behind those already there.</summary>
    public static IServiceCollection AddHook<T>(this IServiceCollection services)
        where T : SessionHook => services.AddSingleton<SessionHook, T>();
}
