namespace ThrottleNet.MxNode.Direct;

/// <summary>Wires the direct map into the node.</summary>
internal static class DirectServices
{
    public static IServiceCollection AddDirect(this IServiceCollection services, DirectOptions options) =>
        !options.IsOn ? services : services.AddSingleton<DirectLog>().AddSingleton<DirectMap>().AddSingleton<DirectConnectionHandler>();
}
