using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using ThrottleNet.Counting.Batches;
using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.Benchmarks.Exchange;

/// <summary>Batches of scattered IPv4 hosts: encoding, decoding, signing, verifying.</summary>
[MemoryDiagnoser]
public class BatchBenchmarks
{
    private BatchCounts _counts = BatchCounts.Empty;
    private byte[] _body = [];
    private Batch _batch = null!;
    private BatchSigner _sign = null!;
    private BatchVerifier _verify = null!;
    private ECDsa _key = null!;

    [Params(200, 4096)]
    public int Rows { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var random = new Random(1);
        _counts = BatchCounts.Of(
            Enumerable.Range(0, Rows).Select(i => new CountEntry(0x00ff_0000_0000_0000 | (ulong)random.NextInt64(1L << 32), i % 10 == 0 ? 5u : 4u)).DistinctBy(e => e.Key), []);
        _body = BatchBody.Encode(_counts);
        _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _sign = BatchSignature.SignerOf(_key);
        _verify = BatchSignature.VerifierOf(_key);
        _batch = Batch.Sign(new BatchKey(new OriginId(1, 2), 1, 1), 0, _counts, _sign);
        Console.WriteLine($"// {_body.Length / (double)_counts.Count:f2} octets a row");
    }

    [GlobalCleanup]
    public void Cleanup() => _key.Dispose();

    [Benchmark]
    public byte[] Encode() => BatchBody.Encode(_counts);

    [Benchmark]
    public bool Decode() => BatchBody.TryDecode(_body, out _);

    [Benchmark]
    public Batch Sign() => Batch.Sign(_batch.Key, 0, _counts, _sign);

    [Benchmark]
    public bool Check() => _batch.IsSignedBy(_verify);
}
