using System.Diagnostics;
using System.Diagnostics.Metrics;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.Protocol.Authentication;

namespace ThrottleNet.MxNode.Relay.Authentication;

/// <summary>The instruments of sender authentication.</summary>
internal sealed class AuthenticationMetrics
{
    private readonly Counter<long> _results;
    private readonly Counter<long> _removed;
    private readonly Histogram<double> _duration;

    public AuthenticationMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(NodeMetrics.MeterName);
        _results = meter.CreateCounter<long>("throttlenet.authentication", "{result}", "results of SPF, DKIM and ARC that went before a message, by method");
        _removed = meter.CreateCounter<long>("throttlenet.authentication.removed", "{field}", "Authentication-Results fields removed because they claimed to be this network's");
        _duration = meter.CreateDuration("throttlenet.authentication.duration", "time that the checks of its sender added to a message after its text was complete");
    }

    public void Checked(IReadOnlyList<MethodResult> results, TimeSpan duration)
    {
        foreach (var result in results)
        {
            _results.Add(1, new TagList { { "method", result.Method }, { "result", result.Result } });
        }

        _duration.Record(duration.TotalSeconds);
    }

    public void Removed(int fields)
    {
        if (fields > 0)
        {
            _removed.Add(fields);
        }
    }
}
