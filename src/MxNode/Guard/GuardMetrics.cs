using System.Diagnostics.Metrics;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Guard;

/// <summary>The guard's instruments.</summary>
internal sealed class GuardMetrics(IMeterFactory meters)
{
    private readonly Counter<long> _answers = meters.Create(NodeMeter.Name)
        .CreateCounter<long>("throttlenet.guard", "{request}", "answers to the mail server that the guard protects");

    public void Answered(string answer) => _answers.Add(1, new KeyValuePair<string, object?>("answer", answer));
}
