using Microsoft.OpenApi;

namespace ThrottleNet.MxNode.Admin;

/// <summary>The description of the HTTP API (OpenAPI 3.1), made from its endpoints.</summary>
internal static class ApiDescription
{
    /// <summary>Where it is served.</summary>
    public const string Path = "/api/openapi.json";

    // The name that a path without one stands for.
    private const string Name = "v1";

    public static IServiceCollection AddApiDescription(this IServiceCollection services) => services
        .ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, AdminJson.Default))
        .AddOpenApi(Name, options =>
        {
            options.ShouldInclude = path => path.RelativePath?.StartsWith("api/", StringComparison.Ordinal) == true;
            options.AddDocumentTransformer((document, _, _) =>
            {
                document.Info = new OpenApiInfo
                {
                    Title = "ThrottleNet node",
                    Version = Telemetry.NodeInstance.Version,
                    Description = "What a node tells its operator. With Admin:TokenFile each request carries the token as a bearer token (RFC 6750). Requests that change something carry the header ThrottleNet-Command.",
                };
                return Task.CompletedTask;
            });
        });

    public static void MapApiDescription(this WebApplication app) => app.MapOpenApi(Path);
}
