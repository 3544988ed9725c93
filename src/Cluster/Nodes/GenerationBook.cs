using System.Collections.Immutable;
using ThrottleNet.Cluster.Log;

namespace ThrottleNet.Cluster.Nodes;

/// <summary>The generations of one shard that a node has read, the most recently read one last.</summary>
internal sealed class GenerationBook
{
    private readonly OrderedDictionary<Generation, GenerationState> _states = [];
    private readonly OrderedDictionary<Generation, long> _reached = [];
    private readonly OrderedDictionary<Generation, long> _forgotten = [];
    private readonly OrderedDictionary<Generation, long> _confirmed = [];

    /// <summary>What the node reads now; null before its first contact.</summary>
    public GenerationState? Current { get; private set; }

    /// <summary>What the nodes have forgotten of the generations before the current one.</summary>
    public ImmutableArray<ForgottenMark> Forgotten =>
        [.. _forgotten.Where(f => f.Key != Current?.Generation).Select(f => new ForgottenMark(f.Key, f.Value))];

    /// <summary>The counts that this node has read in any generation, and that no gateway has reported as far as the node has read.</summary>
    public IEnumerable<ReportedCount> AllUnreported() => _states.Values.Append(Current).OfType<GenerationState>().SelectMany(s => s.Unreported.All());

    /// <summary>Continues with a generation where the node left it, or begins it.</summary>
    /// <returns>Whether it begins.</returns>
    public bool Switch(Generation generation)
    {
        if (Current is { } left)
        {
            Keep(_states, left.Generation, left);
            Keep(_reached, left.Generation, left.Cursor);
        }

        var known = _states.Remove(generation, out var state);
        Current = state ?? new GenerationState(generation);
        return !known;
    }

    /// <summary>The position up to which the node has read a generation.</summary>
    public long Reached(Generation generation) =>
        Current?.Generation == generation ? Current.Cursor : _reached.GetValueOrDefault(generation);

    /// <summary>Every reader of the current generation has read past the positions below.</summary>
    public void SetForgotten(long below) => Keep(_forgotten, Current!.Generation, below);

    /// <summary>False if this gateway has confirmed the report mark before: it reads the log again after a copy.</summary>
    public bool TryConfirm(long position)
    {
        if (_confirmed.TryGetValue(Current!.Generation, out var last) && position <= last)
            return false;
        Keep(_confirmed, Current.Generation, position);
        return true;
    }

    /// <summary>Goes on where the giver of a copy stands.</summary>
    public void Replace(ShardCopy copy, GenerationState state)
    {
        _states.Clear();
        _reached.Clear();
        _forgotten.Clear();
        foreach (var (generation, cursor) in copy.Reached)
            Keep(_reached, generation, cursor);
        foreach (var mark in copy.Forgotten)
            Keep(_forgotten, mark.Generation, mark.Below);
        Current = state;
    }

    public ImmutableDictionary<Generation, long> AllReached() => _reached.ToImmutableDictionary().SetItem(Current!.Generation, Current.Cursor);

    public ImmutableArray<ForgottenMark> AllForgotten() => [.. _forgotten.Select(f => new ForgottenMark(f.Key, f.Value))];

    private static void Keep<T>(OrderedDictionary<Generation, T> book, Generation generation, T value)
    {
        book.Remove(generation);
        if (book.Count >= ClusterLimits.MaxGenerations)
            book.RemoveAt(0);
        book.Add(generation, value);
    }
}
