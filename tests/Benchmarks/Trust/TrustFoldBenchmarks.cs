using BenchmarkDotNet.Attributes;
using ThrottleNet.TrustList;
using ThrottleNet.TrustList.Folding;
using ThrottleNet.TrustList.Logs;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.Benchmarks.Trust;

/// <summary>Folding and indexing a million statements, and reading and verifying a log of ten thousand.</summary>
[MemoryDiagnoser]
public class TrustFoldBenchmarks
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly HashSet<string> Roots = [TrustSamples.Author(0), TrustSamples.Author(1)];

    private Statement[] _statements = [];
    private FoldedList _list = FoldedList.Empty;
    private byte[] _log = [];

    [GlobalSetup]
    public void Build()
    {
        var random = new Random(1);
        _statements = [.. TrustSamples.Statements(random, Start, 1_000_000)];
        _list = Fold();
        using var key = SigningKey.Create();
        using var log = new MemoryStream();
        log.Write([.. LogHeader.Line(key.Public), (byte)'\n']);
        var head = default(LogHead);
        foreach (var statement in _statements.Take(10_000))
        {
            var signed = SignedStatement.Sign(statement, key, head, Start);
            head = signed.Head;
            log.Write([.. signed.Line.Span, (byte)'\n']);
        }

        _log = log.ToArray();
    }

    [Benchmark]
    public FoldedList Fold() => ListFold.Fold(_statements, Roots, Start.AddDays(1));

    [Benchmark]
    public TrustIndex Index() => ListIndex.Build([], _list, _ => []);

    [Benchmark]
    public LogReading ReadTenThousand() => LogReader.Read(_log);
}
