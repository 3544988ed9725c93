using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;
using ThrottleNet.Counting.Batches;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.Protocol.Batches;
using ThrottleNet.Protocol.Exchange;
using Wire = ThrottleNet.Protocol.Exchange.Wire;

namespace ThrottleNet.MxNode.Tests.Exchange;

/// <summary>A link with a node whose other end is the test. The test sends any frames it wants, under a certificate of the network.</summary>
internal sealed class PuppetLink : IAsyncDisposable
{
    private readonly X509Certificate2 _certificate;
    private readonly ECDsa _key;
    private readonly GrpcChannel _channel;

    private PuppetLink(ExchangeNode node, (string Certificate, string Key) files, bool compress)
    {
        _certificate = X509Certificate2.CreateFromPemFile(files.Certificate, files.Key);
        _key = _certificate.GetECDsaPrivateKey()!;
        Origin = PeerAdmission.MemberOf(_certificate)!.Value.Member.Origin;
        _channel = PeerTransport.CreateChannel(new Uri($"https://{node.Address}"), Handler(_certificate), 64 * 1024 * 1024);
        Call = new Wire.Exchange.ExchangeClient(_channel).Link(compress ? new Metadata { { "grpc-internal-encoding-request", "gzip" } } : null);
    }

    public OriginId Origin { get; }

    public AsyncDuplexStreamingCall<Wire.Frame, Wire.Frame> Call { get; }

    /// <summary>The node's first frame: a Hello or a Goodbye.</summary>
    public Wire.Frame First { get; private set; } = new();

    /// <exception cref="RpcException">The node refuses the link.</exception>
    public static async Task<PuppetLink> OpenAsync(ExchangeNode node, (string Certificate, string Key) files, bool compress = false)
    {
        var link = new PuppetLink(node, files, compress);
        try
        {
            link.First = await link.ReadAsync() ?? link.First;
            return link;
        }
        catch
        {
            await link.DisposeAsync();
            throw;
        }
    }

    /// <summary>Connects with a certificate, and accepts any certificate of the other side.</summary>
    public static SocketsHttpHandler Handler(X509Certificate2 certificate) => PeerTransport.CreateHandler(new SslClientAuthenticationOptions
    {
        RemoteCertificateValidationCallback = (_, server, _, _) => server is not null,
        ClientCertificates = [certificate],
        LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate,
    });

    /// <summary>Opens the call for notes beside the link.</summary>
    public AsyncDuplexStreamingCall<Protocol.Relay.Wire.RelayNote, Protocol.Relay.Wire.RelayNote> Share() =>
        new Protocol.Relay.Wire.RelayNotes.RelayNotesClient(_channel).Share();

    public Task<Wire.Frame?> ReadAsync() => Call.ResponseStream.NextAsync().AsTask().WaitAsync(ExchangeNode.Patience);

    public Task WriteAsync(Wire.Frame frame) => Call.RequestStream.WriteAsync(frame);

    public HelloFrame Hello() => new(1, 1, "test.net", Origin, 1, "", Urgent: false);

    /// <summary>Sends a Hello, and waits until the node treats this link as a neighbour.</summary>
    public async Task JoinAsync(ExchangeNode node, string title)
    {
        await WriteAsync(FrameWriter.Write(Hello()));
        await node.JoinedAsync(title);
    }

    public Task SendAsync(Batch batch) => WriteAsync(FrameWriter.Write(new DeliveryFrame(batch, Repair: false, Age: 0)));

    public Batch Batch(ulong seq, uint quarters, ulong epoch = 1) => Sign(_key, Origin, seq, quarters, epoch);

    /// <summary>A batch with the maximum number of hosts; each batch has different hosts.</summary>
    public Batch LargeBatch(ulong seq) =>
        Sign(_key, Origin, seq, Enumerable.Range(0, BatchCounts.MaxEntries).Select(i => new CountEntry(IpBlock.Of(new IPAddress([10, (byte)seq, (byte)(i >> 8), (byte)i])).Key, 1)));

    public Batch LongBatch(ulong seq) => LongBatch(_key, Origin, seq);

    /// <summary>A batch of nearly 50,000 octets. It has the same hosts each time, with keys far apart and large counts.</summary>
    public static Batch LongBatch(ECDsa key, OriginId origin, ulong seq) =>
        Sign(key, origin, seq, Enumerable.Range(1, BatchCounts.MaxEntries).Select(i => new CountEntry((ulong)i << 51, CountEntry.MaxQuarters - 1)));

    /// <summary>A correctly signed batch with a malformed body.</summary>
    public Batch Garbage(ulong seq)
    {
        var (key, body) = (new BatchKey(Origin, 1, seq), new byte[] { 1, 2, 3 });
        var time = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        var content = new List<byte>("throttlenet batch 1\0"u8.ToArray());
        var numbers = new byte[OriginId.Size + 24];
        Origin.Write(numbers);
        BinaryPrimitives.WriteUInt64BigEndian(numbers.AsSpan(OriginId.Size), key.Epoch);
        BinaryPrimitives.WriteUInt64BigEndian(numbers.AsSpan(OriginId.Size + 8), seq);
        BinaryPrimitives.WriteInt64BigEndian(numbers.AsSpan(OriginId.Size + 16), time);
        content.AddRange(numbers);
        content.AddRange(body);
        return new Batch(key, time, body, BatchSignature.SignerOf(_key)(content.ToArray()));
    }

    public static Batch Sign(ECDsa key, OriginId origin, ulong seq, uint quarters, ulong epoch = 1) =>
        Sign(key, origin, seq, [new CountEntry(IpBlock.Of(IPAddress.Parse("192.0.2.9")).Key, quarters)], epoch);

    private static Batch Sign(ECDsa key, OriginId origin, ulong seq, IEnumerable<CountEntry> entries, ulong epoch = 1) => Protocol.Batches.Batch.Sign(
        new BatchKey(origin, epoch, seq), TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(), BatchCounts.Of(entries, []), BatchSignature.SignerOf(key));

    public ValueTask DisposeAsync()
    {
        Call.Dispose();
        _channel.Dispose();
        _key.Dispose();
        _certificate.Dispose();
        return ValueTask.CompletedTask;
    }
}
