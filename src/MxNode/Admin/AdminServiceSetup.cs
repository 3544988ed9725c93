using Grpc.AspNetCore.Server;

namespace ThrottleNet.MxNode.Admin;

/// <summary>Wires <see cref="AdminService"/> into the node.</summary>
internal static class AdminServiceSetup
{
    // Requests are an address, a domain or a few words; lists may be long.
    private const int MaxRequest = 16 * 1024;
    private const int MaxAnswer = 64 * 1024 * 1024;

    public static IServiceCollection AddAdminService(this IServiceCollection services)
    {
        services.AddGrpc();
        return services
            .Configure<GrpcServiceOptions<AdminService>>(options => (options.MaxReceiveMessageSize, options.MaxSendMessageSize) = (MaxRequest, MaxAnswer))
            .AddLogging(logging => logging.AddFilter("Grpc", LogLevel.None)); // a call with a wrong argument is no event of the node
    }
}
