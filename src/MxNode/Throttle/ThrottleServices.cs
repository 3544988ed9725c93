namespace ThrottleNet.MxNode.Throttle;

/// <summary>Wires the throttle into the node.</summary>
internal static class ThrottleServices
{
    public static IServiceCollection AddThrottle(this IServiceCollection services, ThrottleOptions options) => services
        .AddSingleton(options)
        .AddSingleton<Ledger>()
        .AddSingleton(new RetryMemory(options.MaxEnvelopes, options.RetryWindow))
        .AddSingleton<Throttle>();
}
