using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ThrottleNet.Real.Tests.Operation;

/// <summary>
/// A collector that takes OTLP by gRPC (the OpenTelemetry protocol, version 1) and decodes it without the library that wrote it. The numbers of fields are those of
/// opentelemetry-proto.
/// </summary>
internal sealed class OtlpCollector : IAsyncDisposable
{
    private const int Prefix = 5; // of a gRPC message: whether it is compressed, and its length

    private readonly WebApplication _app;

    private OtlpCollector(WebApplication app) => _app = app;

    /// <summary>Where it listens.</summary>
    public string Address => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    public ConcurrentQueue<OtlpSpan> Spans { get; } = new();

    public ConcurrentQueue<OtlpLog> Logs { get; } = new();

    public ConcurrentQueue<OtlpMetric> Metrics { get; } = new();

    public static async Task<OtlpCollector> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        var collector = new OtlpCollector(builder.Build());
        collector.Take("trace", "TraceService", collector.TakeSpans);
        collector.Take("logs", "LogsService", collector.TakeLogs);
        collector.Take("metrics", "MetricsService", collector.TakeMetrics);
        await collector._app.StartAsync();
        return collector;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private void Take(string package, string service, Action<ProtoFields> take) => _app.MapPost($"/opentelemetry.proto.collector.{package}.v1.{service}/Export", async (HttpContext http) =>
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        var octets = body.ToArray();
        Assert.Equal(0, octets[0]); // not compressed
        take(new ProtoFields(ByteString.CopyFrom(octets, Prefix, (int)BinaryPrimitives.ReadUInt32BigEndian(octets.AsSpan(1)))));
        http.Response.ContentType = "application/grpc";
        await http.Response.Body.WriteAsync(new byte[Prefix]); // an empty message
        http.Response.AppendTrailer("grpc-status", "0");
    });

    private void TakeSpans(ProtoFields request)
    {
        foreach (var (resource, span) in Entries(request))
        {
            Spans.Enqueue(new(resource, span.Hex(1), span.Hex(2), span.Hex(4), span.Text(5), span.All(13).Count(), Attributes(span, 9)));
        }
    }

    private void TakeLogs(ProtoFields request)
    {
        foreach (var (resource, log) in Entries(request))
        {
            Logs.Enqueue(new(resource, log.Hex(9), log.Hex(10), log.All(5).SingleOrDefault()?.Text(1) ?? "", Attributes(log, 6)));
        }
    }

    private void TakeMetrics(ProtoFields request)
    {
        foreach (var (resource, metric) in Entries(request))
        {
            var points = metric.All(9, 1).ToList(); // of a histogram
            Metrics.Enqueue(new(resource, metric.Text(1), metric.Text(3), points.Sum(point => (long)point.Number(4)), points.Count > 0 ? points[0].Doubles(7) : []));
        }
    }

    // The three requests have one shape: resource { attributes = 1 } = 1, scope { entries = 2 } = 2.
    private static IEnumerable<(IReadOnlyDictionary<string, string> Resource, ProtoFields Entry)> Entries(ProtoFields request) =>
        from part in request.All(1)
        let resource = (IReadOnlyDictionary<string, string>)Attributes(part.All(1).Single(), 1)
        from entry in part.All(2, 2)
        select (resource, entry);

    private static Dictionary<string, string> Attributes(ProtoFields holder, int field) => holder.All(field)
        .Select(pair => (Key: pair.Text(1), Value: pair.All(2).SingleOrDefault()))
        .ToDictionary(pair => pair.Key, pair => pair.Value is not { } value ? "" : value.Text(1) is { Length: > 0 } text ? text : value.Number(3).ToString(CultureInfo.InvariantCulture));
}

/// <param name="Resource">Attributes of the node.</param>
/// <param name="Links">How many other spans it is linked with.</param>
internal sealed record OtlpSpan(IReadOnlyDictionary<string, string> Resource, string Trace, string Id, string Parent, string Name, int Links, IReadOnlyDictionary<string, string> Attributes)
{
    public string Node => Resource["service.instance.id"];
}

/// <param name="Resource">Attributes of the node.</param>
internal sealed record OtlpLog(IReadOnlyDictionary<string, string> Resource, string Trace, string Span, string Text, IReadOnlyDictionary<string, string> Attributes);

/// <param name="Resource">Attributes of the node.</param>
/// <param name="Count">Values in it, of a histogram.</param>
/// <param name="Bounds">The upper bounds of its buckets, of a histogram.</param>
internal sealed record OtlpMetric(IReadOnlyDictionary<string, string> Resource, string Name, string Unit, long Count, IReadOnlyList<double> Bounds)
{
    public string Node => Resource["service.instance.id"];
}
