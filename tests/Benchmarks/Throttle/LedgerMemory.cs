using System.Diagnostics;
using System.Globalization;
using ThrottleNet.Counting;
using ThrottleNet.MxNode.Throttle;

namespace ThrottleNet.Benchmarks.Throttle;

/// <summary>Measures a ledger: resident octets a row, and the longest time that an attempt waited while it grew.</summary>
internal static class LedgerMemory
{
    public static void Run()
    {
        var before = LedgerOfTenMillion.ResidentSize();
        var engine = LedgerOfTenMillion.New();
        var ledger = engine.Ledger;
        var longest = TimeSpan.Zero;
        var filling = Stopwatch.StartNew();
        for (var i = 0; i < LedgerOfTenMillion.Hosts; i++)
        {
            var start = Stopwatch.GetTimestamp();
            ledger.AddOwn(LedgerOfTenMillion.Host(i), 1, LedgerOfTenMillion.Now);
            var took = Stopwatch.GetElapsedTime(start);
            longest = took > longest ? took : longest;
        }

        filling.Stop();
        var after = LedgerOfTenMillion.ResidentSize();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{LedgerOfTenMillion.Hosts:N0} hosts with their sites and regions: {ledger.Shards.Rows:N0} rows"));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"resident: {(after - before) >> 20:N0} MiB, {(double)(after - before) / ledger.Shards.Rows:F1} octets a row"));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"filled at {filling.Elapsed.TotalNanoseconds / LedgerOfTenMillion.Hosts:F0} ns an attempt, the longest {longest.TotalMilliseconds:F1} ms"));
        Snapshot(engine);
    }

    private static void Snapshot(CountingEngine engine)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("snapshot");
        var writing = Stopwatch.StartNew();
        LedgerFile.Write(engine, path, LedgerOfTenMillion.Now);
        writing.Stop();
        var reading = Stopwatch.StartNew();
        var rows = LedgerFile.Read(LedgerOfTenMillion.New(), path, _ => LedgerOfTenMillion.Now).Rows;
        reading.Stop();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"snapshot: {new FileInfo(path).Length >> 20:N0} MiB, written in {writing.Elapsed.TotalSeconds:F1} s, {rows:N0} rows read in {reading.Elapsed.TotalSeconds:F1} s"));
    }
}
