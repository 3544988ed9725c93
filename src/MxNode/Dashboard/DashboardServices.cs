using ThrottleNet.MxNode.Dashboard.Access;
using ThrottleNet.MxNode.Dashboard.Data;

namespace ThrottleNet.MxNode.Dashboard;

/// <summary>Wires the dashboard into the node. It reads other features' services; nothing of it runs while nobody looks.</summary>
internal static class DashboardServices
{
    public static IServiceCollection AddDashboard(this IServiceCollection services) => services
        .AddSingleton<Logins>()
        .AddSingleton<LoginTries>()
        .AddSingleton<DashboardAccess>()
        .AddSingleton<PageRenderer>()
        .AddSingleton<HotBlocks>()
        .AddSingleton<Concerns>()
        .AddSingleton<Certificates>()
        .AddSingleton<TrustDesk>()
        .AddSingleton<TrustForms>()
        .AddSingleton<GuardForms>()
        .AddSingleton<QueueForms>()
        .AddScoped<PageContext>();
}
