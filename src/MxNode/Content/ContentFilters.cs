using ThrottleNet.MxNode.Relay;

namespace ThrottleNet.MxNode.Content;

/// <summary>The node's filters, in the operator's order, and what their sessions share.</summary>
internal sealed class ContentFilters(ContentOptions options, IReadOnlyList<ContentFilter> filters, TextStore texts, ContentMetrics metrics, TimeProvider time) : IDisposable
{
    public ContentOptions Options => options;

    public IReadOnlyList<ContentFilter> Filters => filters;

    /// <summary>Takes the bodies that filters write.</summary>
    public TextStore Texts => texts;

    public ContentMetrics Metrics => metrics;

    public TimeProvider Time => time;

    /// <summary>The time for one phase.</summary>
    public PhaseBudget Budget(TimeSpan patience) => new(options.Timeout, patience, time);

    public void Dispose()
    {
        foreach (var filter in filters)
        {
            filter.Dispose();
        }
    }
}
