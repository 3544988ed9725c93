using System.Diagnostics;
using System.Diagnostics.Metrics;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Content;

/// <summary>The instruments of content filters, by filter as <c>Content:Milters</c> names it.</summary>
internal sealed class ContentMetrics
{
    private readonly Counter<long> _answers;
    private readonly Histogram<double> _duration;

    public ContentMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(NodeMetrics.MeterName);
        _answers = meter.CreateCounter<long>("throttlenet.filter.answers", "{answer}", "messages that a filter passed, and refusals and failures in any phase");
        _duration = meter.CreateDuration("throttlenet.filter.duration", "time that a filter took for the text of a message that it passed");
    }

    /// <summary>A filter did not let a phase pass.</summary>
    public void Answered(string filter, FilterOutcome outcome) =>
        _answers.Add(1, new TagList { { "filter", filter }, { "outcome", outcome.ToString().ToLowerInvariant() } });

    /// <summary>A filter passed the text of a message.</summary>
    public void Passed(string filter, TimeSpan duration)
    {
        Answered(filter, FilterOutcome.Pass);
        _duration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("filter", filter));
    }
}
