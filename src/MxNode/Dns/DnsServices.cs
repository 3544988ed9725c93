namespace ThrottleNet.MxNode.Dns;

/// <summary>Wires the resolver into the node.</summary>
internal static class DnsServices
{
    public static IServiceCollection AddDns(this IServiceCollection services, DnsOptions options) => services
        .AddSingleton(options)
        .AddSingleton<IDnsResolver, DnsResolver>()
        .AddSingleton<ForwardConfirmedName>();
}
