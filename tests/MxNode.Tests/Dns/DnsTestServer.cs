using System.Collections.Concurrent;
using System.Net;
using System.Threading.Channels;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Tests.Dns;

/// <summary>A DNS server that answers by a script, and records the queries.</summary>
internal sealed class DnsTestServer : IAsyncDisposable
{
    private readonly DnsListener _listener;
    private readonly Channel<DnsMessage> _arrived = Channel.CreateUnbounded<DnsMessage>();

    public DnsTestServer(Func<DnsMessage, DnsMessage?> script) =>
        _listener = DnsListener.Start(new IPEndPoint(IPAddress.Loopback, 0), query =>
        {
            Asked.Enqueue(query);
            _arrived.Writer.TryWrite(query);
            return script(query);
        },
        new FakeTimeProvider());

    public static DnsTestServer Silent() => new(_ => null);

    public static DnsTestServer Failing() => new(query => query.Reply(DnsResponseCode.ServerFailure));

    public static DnsTestServer With(params DnsRecord[] records) => new(new StaticZone("", records).Answer);

    public ConcurrentQueue<DnsMessage> Asked { get; } = [];

    public string Address => _listener.EndPoint.ToString();

    /// <summary>Waits for the next query. Each query ends one wait.</summary>
    public async Task NextQueryAsync() => await _arrived.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60));

    public ValueTask DisposeAsync() => _listener.DisposeAsync();
}
