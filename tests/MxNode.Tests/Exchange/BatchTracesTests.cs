using System.Collections.Concurrent;
using System.Diagnostics;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.MxNode.Tests.Exchange;

/// <summary>The traces that go with batches from node to node. OtlpTests show one over two processes.</summary>
public sealed class BatchTracesTests : IDisposable
{
    private const string Trace = "0af7651916cd43dd8448eb211c80319c";
    private const string Cause = $"00-{Trace}-b7ad6b7169203331-01"; // the example of W3C Trace Context

    private static readonly OriginId Self = new(0, 1);
    private static readonly OriginId Other = new(0, 2);

    private readonly ActivityListener _listener = new()
    {
        ShouldListenTo = source => source.Name == NodeTracing.SourceName,
        Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
    };

    private readonly BatchTraces _traces = new(Self);

    public BatchTracesTests() => ActivitySource.AddActivityListener(_listener);

    public void Dispose() => _listener.Dispose();

    [Fact]
    public void An_own_batch_is_in_the_trace_of_the_first_session_that_waits_for_it_and_linked_with_the_others()
    {
        var sessions = Enumerable.Range(0, 3).Select(_ => Wait(batch: 7)).ToList();
        var later = Wait(batch: 8);
        var ended = new ConcurrentQueue<Activity>(); // also of tests beside this one
        _listener.ActivityStopped = ended.Enqueue;
        var trace = _traces.TraceOf(new BatchKey(Self, 1, 7));
        Assert.Contains($"-{sessions[0].TraceId}-", trace, StringComparison.Ordinal);
        Assert.Equal(trace, _traces.TraceOf(new BatchKey(Self, 1, 7))); // for the next link
        var span = Assert.Single(ended, a => a.Id == trace);
        Assert.Equal(("publish batch", sessions[0].SpanId), (span.OperationName, span.ParentSpanId));
        Assert.Equal(sessions.Skip(1), span.Links.Select(l => l.Context));
        Assert.Contains($"-{later.TraceId}-", _traces.TraceOf(new BatchKey(Self, 1, 8)), StringComparison.Ordinal);
        Assert.Equal("", _traces.TraceOf(new BatchKey(Self, 1, 9)));
        Assert.Equal("", _traces.TraceOf(new BatchKey(Other, 1, 7)));
    }

    [Fact]
    public void A_batch_that_came_with_a_trace_goes_on_with_it()
    {
        using var received = _traces.Receive(new BatchKey(Other, 1, 1), Cause)!;
        Assert.Equal(("receive batch", Trace, "b7ad6b7169203331"), (received.OperationName, received.TraceId.ToHexString(), received.ParentSpanId.ToHexString()));
        Assert.Equal(received.Id, _traces.TraceOf(new BatchKey(Other, 1, 1)));
    }

    // A peer may send anything under this node's name, before the node itself has made the batch of that number.
    [Fact]
    public void A_peer_gives_no_trace_to_an_own_batch()
    {
        Assert.Null(_traces.Receive(new BatchKey(Self, 1, 7), Cause));
        var session = Wait(batch: 7);
        Assert.Contains($"-{session.TraceId}-", _traces.TraceOf(new BatchKey(Self, 1, 7)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("00-00000000000000000000000000000000-b7ad6b7169203331-01")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319g-b7ad6b7169203331-01")]
    [InlineData("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more")]
    [InlineData("\r\n-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    public void A_text_that_is_no_trace_is_ignored(string trace)
    {
        Assert.Null(_traces.Receive(new BatchKey(Other, 1, 1), trace));
        Assert.Equal("", _traces.TraceOf(new BatchKey(Other, 1, 1)));
    }

    [Fact]
    public void What_is_kept_is_bounded()
    {
        for (ulong seq = 1; seq <= 2 * BatchTraces.MaxKept; seq++)
        {
            _traces.Receive(new BatchKey(Other, 1, seq), Cause)!.Dispose();
        }

        Assert.Equal("", _traces.TraceOf(new BatchKey(Other, 1, BatchTraces.MaxKept)));
        Assert.NotEqual("", _traces.TraceOf(new BatchKey(Other, 1, BatchTraces.MaxKept + 1)));

        var sessions = Enumerable.Range(0, 2 * BatchTraces.MaxCauses).Select(_ => Wait(batch: 1)).ToList();
        Assert.Contains($"-{sessions[BatchTraces.MaxCauses].TraceId}-", _traces.TraceOf(new BatchKey(Self, 1, 1)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_span_that_is_not_recorded_goes_nowhere()
    {
        using (var session = new Activity("not sampled").Start())
        {
            Assert.False(session.Recorded);
            _traces.Note(batch: 1);
        }

        Assert.Equal("", _traces.TraceOf(new BatchKey(Self, 1, 1)));
    }

    // A session that waits for an own batch.
    private ActivityContext Wait(ulong batch)
    {
        using var session = NodeTracing.Serve("smtp session");
        _traces.Note(batch);
        return session!.Context;
    }
}
