using System.Security.Cryptography;

namespace ThrottleNet.MxNode.Dashboard;

/// <summary>The dashboard's style, scripts and icon. They are resources of the assembly, so that a single-file program has them too.</summary>
internal static class PageAssets
{
    private const string Prefix = "dashboard/";

    private static readonly Dictionary<string, string> Types = new()
    {
        [".css"] = "text/css; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".svg"] = "image/svg+xml",
    };

    private static readonly Lazy<Dictionary<string, (byte[] Content, string Version)>> Files = new(Read);

    /// <summary>The path of an asset with its version, so that a browser keeps it until it changes.</summary>
    public static string Path(string name) => $"/assets/{name}?v={Files.Value[name].Version}";

    /// <summary>Answers with an asset.</summary>
    public static IResult Answer(HttpContext http, string name)
    {
        if (!Files.Value.TryGetValue(name, out var file))
        {
            return Results.NotFound();
        }

        http.Response.Headers.CacheControl = http.Request.Query["v"] == file.Version ? "public, max-age=31536000, immutable" : "no-cache";
        return Results.Bytes(file.Content, Types[System.IO.Path.GetExtension(name)]);
    }

    private static Dictionary<string, (byte[], string)> Read()
    {
        var assembly = typeof(PageAssets).Assembly;
        return assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).ToDictionary(name => name[Prefix.Length..], name =>
        {
            using var resource = assembly.GetManifestResourceStream(name)!;
            var content = new byte[resource.Length];
            resource.ReadExactly(content);
            return (content, Convert.ToHexString(SHA256.HashData(content))[..12]);
        });
    }
}
