using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Hosting;
using ThrottleNet.MxNode.Inbound.Hooks;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>Wires the SMTP server into the node.</summary>
internal static class InboundServices
{
    public static IServiceCollection AddInbound(this IServiceCollection services, NodeConfiguration configuration) => services
        .AddSingleton(configuration.Node)
        .AddSingleton(configuration.Smtp)
        .AddSingleton<InboundLog>()
        .AddSingleton<ServerCertificate>()
        .AddSingleton<ResourcePressure>()
        .AddSingleton<Hold>()
        .AddSingleton(provider => new ConnectionRegistry(configuration.Smtp, block => provider.GetRequiredService<Throttle.Throttle>().Describe(block).Load, provider.GetRequiredService<TimeProvider>()))
        .AddSingleton<SmtpServices>()
        .AddSingleton<SmtpConnectionHandler>()
        .AddHook<DoorHook>()
        .AddHook<EarlyTalkerHook>()
        .AddHook<HelloHook>()
        .AddHook<ThrottleHook>()
        .AddHook<LoopHook>();

    /// <summary>Puts a hook behind those already there.</summary>
    public static IServiceCollection AddHook<T>(this IServiceCollection services)
        where T : SessionHook => services.AddSingleton<SessionHook, T>();
}
