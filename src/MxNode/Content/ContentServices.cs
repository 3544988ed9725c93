using ThrottleNet.MxNode.Listening;
using ThrottleNet.MxNode.Relay;

namespace ThrottleNet.MxNode.Content;

/// <summary>Wires the content filters into the node.</summary>
internal static class ContentServices
{
    /// <summary>Adds <see cref="ContentFilters"/>. They need the <see cref="TextStore"/>.</summary>
    /// <param name="services">Where to.</param>
    /// <param name="options">Which filters; validated.</param>
    /// <param name="maxMessageSize">Octets of a body that a filter may write.</param>
    public static IServiceCollection AddContent(this IServiceCollection services, ContentOptions options, long maxMessageSize) => services
        .AddSingleton<ContentMetrics>()
        .AddSingleton(provider => new ContentFilters(
            options,
            [.. options.Milters.Select(m => MakeFilter(m, options, maxMessageSize, provider))],
            provider.GetRequiredService<TextStore>(),
            provider.GetRequiredService<ContentMetrics>(),
            provider.GetRequiredService<TimeProvider>()));

    private static ContentFilter MakeFilter(string milter, ContentOptions options, long maxMessageSize, IServiceProvider provider) => new(
        FilterAddress.TryParse(milter, out var address) ? address : throw new ArgumentException($"'{milter}' is not the address of a filter", nameof(milter)),
        options,
        maxMessageSize,
        provider.GetRequiredService<DescriptorBudget>(),
        provider.GetRequiredService<TimeProvider>(),
        provider.GetRequiredService<ILogger<ContentFilter>>());
}
