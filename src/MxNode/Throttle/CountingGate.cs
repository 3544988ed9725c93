namespace ThrottleNet.MxNode.Throttle;

/// <summary>
/// Makes counting and handing a count on one step for somebody who copies the counts: outside <see cref="Alone"/>, any number of threads count; inside, none is
/// between the two. Thread-safe.
/// </summary>
internal sealed class CountingGate : IDisposable
{
    private readonly ReaderWriterLockSlim _lock = new();

    /// <summary>Counts until it is disposed of.</summary>
    /// <param name="gate">Null where nobody copies counts.</param>
    public static Counting Count(CountingGate? gate) => new(gate?._lock);

    /// <summary>Does something while nothing is counted. Attempts wait meanwhile.</summary>
    public T Alone<T>(Func<T> action)
    {
        _lock.EnterWriteLock();
        try
        {
            return action();
        }
        finally
        {
            _lock.ExitWriteLock();
        }
    }

    public void Dispose() => _lock.Dispose();

    public readonly ref struct Counting
    {
        private readonly ReaderWriterLockSlim? _lock;

        public Counting(ReaderWriterLockSlim? counting)
        {
            _lock = counting;
            _lock?.EnterReadLock();
        }

        public void Dispose() => _lock?.ExitReadLock();
    }
}
