using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Inbound.Hooks;
using ThrottleNet.MxNode.Listening;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>Wires the SMTP server into the node.</summary>
internal static class InboundServices
{
    // A message may need its size on disk, and others come meanwhile.
    private const int MessagesOnDisk = 8;

    public static IServiceCollection AddInbound(this IServiceCollection services, NodeOptions node, SmtpOptions smtp) => services
        .AddSingleton(node)
        .AddSection(smtp)
        .AddSingleton<InboundLog>()
        .AddSingleton<InboundContext>()
        .AddSingleton<SessionJournal>()
        .AddHostedService(provider => provider.GetRequiredService<SessionJournal>())
        .AddSingleton<ServerCertificate>()
        .AddReloadedFile(provider => provider.GetRequiredService<ServerCertificate>().Refresh)
        .AddSingleton(provider => new ResourcePressure(node.DataDirectory, smtp.MaxMessageSize * MessagesOnDisk, provider.GetRequiredService<TimeProvider>()))
        .AddSingleton<Hold>()
        .AddSingleton(provider => new ConnectionRegistry(provider.GetRequiredService<Live<SmtpOptions>>(), SessionPlaces.Of(smtp, provider.GetRequiredService<DescriptorBudget>(), provider.GetRequiredService<ListeningLog>()), provider.GetRequiredService<TimeProvider>()))
        .AddSingleton<OpenSessions>(provider =>
        {
            var registry = provider.GetRequiredService<ConnectionRegistry>();
            return () => registry.Count;
        })
        .AddSingleton<RateReplies>()
        .AddSingleton<Greeter>()
        .AddSingleton<SessionLimits>()
        .AddSingleton<MailRoutes>()
        .AddSingleton<SessionFactory>()
        .AddSingleton<SmtpConnectionHandler>()
        .AddHook<ConnectHook>()
        .AddHook<EarlyTalkerHook>()
        .AddHook<HelloHook>()
        .AddHook<ThrottleHook>()
        .AddHook<LoopHook>()
        .AddHook<ContentHook>()
        .OnStarted((provider, bound) =>
        {
            if (bound.Of(Listener.Smtp).Count > 0)
            {
                provider.GetRequiredService<ServerCertificate>().Current();
            }
        });

    /// <summary>Speaks SMTP on the endpoints of <c>Smtp:Listen</c>.</summary>
    public static void ListenSmtp(this KestrelServerOptions kestrel, SmtpOptions options) =>
        kestrel.Listen(Listener.Smtp, options.Listen, endPoint => endPoint.UseConnectionHandler<SmtpConnectionHandler>());

    /// <summary>Puts a hook behind those registered so far. Its constructor takes the <see cref="Session"/>, and services.</summary>
    public static IServiceCollection AddHook<T>(this IServiceCollection services)
        where T : SessionHook
    {
        var create = ActivatorUtilities.CreateFactory<T>([typeof(Session)]);
        return services.AddSingleton<HookFactory>(provider => session => create(provider, [session]));
    }
}
