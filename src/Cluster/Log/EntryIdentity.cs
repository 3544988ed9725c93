using System.Diagnostics.CodeAnalysis;

namespace ThrottleNet.Cluster.Log;

/// <summary>Counts with one source and number are the same entry, and so are parts of one batch. Other entries have no identity.</summary>
internal sealed class EntryIdentity : IEqualityComparer<LogEntry>
{
    public static readonly EntryIdentity Instance = new();

    private EntryIdentity()
    {
    }

    public bool Equals(LogEntry? x, LogEntry? y) => (x, y) switch
    {
        (CountsEntry a, CountsEntry b) => a.Seq == b.Seq && a.Source == b.Source,
        (BatchEntry a, BatchEntry b) => a.Key == b.Key,
        _ => false,
    };

    public int GetHashCode([DisallowNull] LogEntry obj) => obj switch
    {
        CountsEntry c => HashCode.Combine(c.Source, c.Seq),
        BatchEntry b => b.Key.GetHashCode(),
        _ => 0,
    };
}
