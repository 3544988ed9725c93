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
            options, maxMessageSize, provider.GetRequiredService<TextStore>(), provider.GetRequiredService<DescriptorBudget>(), provider.GetRequiredService<ContentMetrics>(),
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<ContentFilter>>()));
}
