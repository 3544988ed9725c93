using System.Net;
using System.Security.Cryptography;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Storage;

namespace ThrottleNet.MxNode.Help;

/// <summary>Wires the help page, and the links to it, into the node.</summary>
internal static class HelpServices
{
    private const string KeyName = "help.key";

    /// <param name="services">The node's services.</param>
    /// <param name="url"><c>Smtp:HelpUrl</c>.</param>
    /// <param name="listen"><c>Smtp:HelpListen</c>; empty: the node serves no page.</param>
    /// <param name="dataDirectory">Holds the key of the links, so that they survive a restart.</param>
    /// <param name="time">The clock of the links.</param>
    /// <exception cref="StartException">The key cannot be read or written.</exception>
    public static IServiceCollection AddHelp(this IServiceCollection services, string? url, IReadOnlyList<IPEndPoint> listen, string dataDirectory, TimeProvider time)
    {
        if (listen.Count == 0)
        {
            return services.AddSingleton(new HelpLink(url));
        }

        var key = new HelpKey(OpenKey(Path.Combine(dataDirectory, KeyName)), time);
        return services.AddSingleton(key).AddSingleton(new HelpLink(url, key)).AddSingleton<HelpDesk>().AddSingleton<HelpLimits>();
    }

    private static byte[] OpenKey(string path)
    {
        try
        {
            if (!File.Exists(path))
            {
                AtomicFile.WriteSecret(path, RandomNumberGenerator.GetBytes(HelpKey.Length));
            }

            return File.ReadAllBytes(path) is { Length: HelpKey.Length } key ? key : throw new IOException($"{path} does not hold {HelpKey.Length} octets; delete it, and the node makes a new one");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"Smtp:HelpListen: the key of the links cannot be kept ({e.Message.TrimEnd('.')})", e);
        }
    }
}
