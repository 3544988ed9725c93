using ThrottleNet.MxNode.Listening;
using ThrottleNet.MxNode.Relay;

namespace ThrottleNet.MxNode.Content;

/// <summary>The node's filters, in the operator's order, and what their sessions share.</summary>
internal sealed class ContentFilters(
    ContentOptions options, long maxMessageSize, TextStore texts, DescriptorBudget descriptors, ContentMetrics metrics, TimeProvider time, ILogger<ContentFilter> logger)
    : IDisposable
{
    public ContentOptions Options => options;

    public IReadOnlyList<ContentFilter> Filters { get; } =
    [
        .. options.Milters.Select(m => new ContentFilter(FilterAddress.TryParse(m, out var address) ? address : throw new ArgumentException(m), options, maxMessageSize, descriptors, time, logger)),
    ];

    /// <summary>Takes the bodies that filters write.</summary>
    public TextStore Texts => texts;

    public ContentMetrics Metrics => metrics;

    public TimeProvider Time => time;

    /// <summary>The time for one phase.</summary>
    public PhaseBudget Budget(TimeSpan patience) => new(options.Timeout, patience, time);

    public void Dispose()
    {
        foreach (var filter in Filters)
        {
            filter.Dispose();
        }
    }
}
