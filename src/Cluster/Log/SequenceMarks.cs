namespace ThrottleNet.Cluster.Log;

/// <summary>
/// Which counts and batches a log contains, or a node has read: the highest seq of each source, and a window for each origin and epoch.
/// Beyond its bounds it drops what was touched least recently.
/// </summary>
public sealed class SequenceMarks
{
    private readonly Dictionary<NodeId, (ulong Seq, long Touched)> _sources = [];
    private readonly Dictionary<(UInt128 Origin, ulong Epoch), (SeqWindow Window, long Touched)> _batches = [];
    private long _touches;

    /// <summary>The highest seq of a source; 0 if there is none.</summary>
    public ulong SeqOf(NodeId source) => _sources.GetValueOrDefault(source).Seq;

    /// <summary>Whether an entry of counts or a batch is contained; false for the other kinds.</summary>
    public bool Contains(LogEntry entry) => entry switch
    {
        CountsEntry c => c.Seq <= SeqOf(c.Source),
        BatchEntry b => Contains(b.Key),
        _ => false,
    };

    public bool Contains(PeerBatchKey key) => _batches.TryGetValue((key.Origin, key.Epoch), out var b) && b.Window.Contains(key.Seq);

    /// <summary>False if an entry of counts or a batch is contained.</summary>
    public bool TryAdd(LogEntry entry)
    {
        if (Contains(entry))
            return false;
        if (entry is CountsEntry c)
            Set(c.Source, c.Seq);
        else if (entry is BatchEntry b)
            Add(b.Key);
        return true;
    }

    internal IReadOnlyList<(NodeId Source, ulong Seq)> Sources => [.. _sources.OrderBy(s => s.Value.Touched).Select(s => (s.Key, s.Value.Seq))];

    internal IReadOnlyList<(UInt128 Origin, ulong Epoch, SeqWindow Window)> Batches =>
        [.. _batches.OrderBy(b => b.Value.Touched).Select(b => (b.Key.Origin, b.Key.Epoch, b.Value.Window))];

    internal void Restore(NodeId source, ulong seq) => _sources[source] = (seq, ++_touches);

    internal void Restore(UInt128 origin, ulong epoch, SeqWindow window) => _batches[(origin, epoch)] = (window, ++_touches);

    public SequenceMarks Clone()
    {
        var clone = new SequenceMarks { _touches = _touches };
        foreach (var (source, mark) in _sources)
            clone._sources.Add(source, mark);
        foreach (var (epoch, (window, touched)) in _batches)
            clone._batches.Add(epoch, (window.Clone(), touched));
        return clone;
    }

    /// <summary>Adds batches.</summary>
    public void Add(in PeerBatchRange range)
    {
        var window = new SeqWindow();
        window.CoverTo(range.Contiguous);
        foreach (var seq in range.Beyond)
            window.TryAdd(seq);
        WindowOf(range.Origin, range.Epoch).Union(window);
    }

    /// <summary>Adds the batches that other marks contain.</summary>
    public void AddBatches(SequenceMarks other)
    {
        foreach (var ((origin, epoch), (window, _)) in other._batches)
            WindowOf(origin, epoch).Union(window);
    }

    private void Set(NodeId source, ulong seq)
    {
        if (_sources.Count >= ClusterLimits.MaxMembers && !_sources.ContainsKey(source))
            _sources.Remove(_sources.MinBy(s => s.Value.Touched).Key);
        _sources[source] = (seq, ++_touches);
    }

    internal void Add(PeerBatchKey key) => WindowOf(key.Origin, key.Epoch).TryAdd(key.Seq);

    private SeqWindow WindowOf(UInt128 origin, ulong epoch)
    {
        if (!_batches.TryGetValue((origin, epoch), out var known))
        {
            if (_batches.Count >= ClusterLimits.MaxEpochs)
                _batches.Remove(_batches.MinBy(b => b.Value.Touched).Key);
            known.Window = new SeqWindow();
        }

        _batches[(origin, epoch)] = (known.Window, ++_touches);
        return known.Window;
    }
}
