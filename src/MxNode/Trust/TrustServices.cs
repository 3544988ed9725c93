using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Listening;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.TrustList;

namespace ThrottleNet.MxNode.Trust;

/// <summary>Wires the trusted list into the node.</summary>
internal static class TrustServices
{
    /// <summary>Adds the book with the node's own entries only.</summary>
    public static IServiceCollection AddTrust(this IServiceCollection services, TrustOptions options) => services
        .AddSection(options)
        .AddSingleton(provider =>
        {
            var book = new TrustBook(provider.GetRequiredService<TimeProvider>());
            book.Replace(TrustIndex.Build(LocalEntries(options)));
            return book;
        })
        .AddSingleton(provider =>
        {
            var book = provider.GetRequiredService<TrustBook>();
            return new TrustedClients(address => book.Find(address) is not null);
        });

    /// <summary>Adds the book and what keeps it current with the logs in the data directory. It needs a DNS resolver and <see cref="Telemetry.NodeHealth"/>.</summary>
    public static IServiceCollection AddTrust(this IServiceCollection services, TrustOptions options, string dataDirectory) => services
        .AddTrust(options)
        .AddHealth()
        .AddSingleton(provider => new TrustStore(TrustStore.FolderOf(dataDirectory), provider.GetRequiredService<TimeProvider>()))
        .AddSingleton<NameConfirmer>()
        .AddSingleton<TrustExporter>()
        .AddSingleton<HostAddresses>()
        .AddSingleton<TrustPublisher>()
        .AddSingleton<TrustKeeper>()
        .AddHostedService(provider => provider.GetRequiredService<TrustKeeper>())
        .AddGauge("throttlenet.trust.entries", "{entry}", "entries of the trusted list", provider => provider.GetRequiredService<TrustBook>().Index.Count);

    /// <summary>The node's own entries. Call it only when <see cref="TrustOptions.Validate"/> found no error.</summary>
    public static IEnumerable<TrustEntry> LocalEntries(TrustOptions options)
    {
        foreach (var text in options.Entries)
        {
            if (NetworkText.TryParse(text, out var network, out var error))
            {
                yield return new TrustEntry { Network = network };
            }
            else
            {
                throw new FormatException(error);
            }
        }
    }
}
