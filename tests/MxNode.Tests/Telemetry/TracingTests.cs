using System.Collections.Concurrent;
using System.Diagnostics;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.MxNode.Tests.Inbound;

namespace ThrottleNet.MxNode.Tests.Telemetry;

/// <summary>The spans of a session.</summary>
public sealed class TracingTests
{
    [Fact]
    public async Task A_session_is_a_span_with_one_for_each_phase_inside()
    {
        var ended = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == NodeTracing.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = ended.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await using var rig = await InboundRig.StartAsync();
        var client = await rig.ConnectAsync("127.0.0.91");
        Assert.StartsWith("250", await client.DeliverAsync("hello"), StringComparison.Ordinal);
        await client.TalkAsync(">QUIT", "<221");
        await rig.SessionsAsync();

        // Sessions of tests that run beside this one are in the queue as well.
        var session = Assert.Single(ended, a => a.OperationName == "smtp session" && a.GetTagItem("throttlenet.block") is "127.0.0.91");
        Assert.Equal(ActivityKind.Server, session.Kind);
        Assert.Equal("quit", session.GetTagItem("throttlenet.outcome"));
        Assert.Equal("forward", session.GetTagItem("throttlenet.verdict"));
        Assert.Equal(1, session.GetTagItem("throttlenet.messages"));
        var phases = ended.Where(a => a.ParentSpanId == session.SpanId).ToList();
        Assert.Equal(["greet", "recipients", "text", "deliver"], phases.Select(a => a.OperationName));
        Assert.All(phases, phase => Assert.Equal(session.TraceId, phase.TraceId));
        Assert.Equal(250, phases[^1].GetTagItem("throttlenet.reply"));
    }
}
