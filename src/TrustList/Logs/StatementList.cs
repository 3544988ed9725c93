using System.Collections;

namespace ThrottleNet.TrustList.Logs;

/// <summary>
/// An immutable list of statements. A longer list shares the array of the list that it extends, so that a log that arrives in pieces is
/// not copied for each piece. Thread-safe.
/// </summary>
internal sealed class StatementList : IReadOnlyList<SignedStatement>
{
    private readonly Room _room;

    private StatementList(Room room, int count) => (_room, Count) = (room, count);

    public int Count { get; }

    public SignedStatement this[int index] => _room.Items.AsSpan(0, Count)[index];

    /// <summary>The number of statements that fit before all are copied.</summary>
    internal int Capacity => _room.Items.Length;

    /// <summary>The statements followed by the next ones.</summary>
    public static StatementList Join(IReadOnlyList<SignedStatement> statements, IReadOnlyList<SignedStatement> next)
    {
        var count = statements.Count + next.Count;
        if (statements is StatementList list && list._room.TryAdd(list.Count, next))
        {
            return new StatementList(list._room, count);
        }

        var items = new SignedStatement[Math.Max(16, count + (count / 2))];
        var place = 0;
        foreach (var statement in statements.Concat(next))
        {
            items[place++] = statement;
        }

        return new StatementList(new Room(items, count), count);
    }

    public IEnumerator<SignedStatement> GetEnumerator() => _room.Items.Take(Count).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private sealed class Room(SignedStatement[] items, int used)
    {
        private readonly Lock _lock = new();
        private int _used = used;

        public SignedStatement[] Items => items;

        // Only the longest list that shares the array can be extended in place.
        public bool TryAdd(int after, IReadOnlyList<SignedStatement> next)
        {
            lock (_lock)
            {
                if (_used != after || next.Count > items.Length - after)
                {
                    return false;
                }

                foreach (var statement in next)
                {
                    items[_used++] = statement;
                }

                return true;
            }
        }
    }
}
