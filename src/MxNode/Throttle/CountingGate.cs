namespace ThrottleNet.MxNode.Throttle;

/// <summary>
/// Makes counting and handing a count on one step for somebody who copies the counts: outside <see cref="Alone"/>, any number of threads count; inside, none is
/// between the two. Thread-safe.
/// </summary>
/// <param name="counted">Called after each count, outside of the gate; null: nobody waits for counts.</param>
internal sealed class CountingGate(Action? counted = null) : IDisposable
{
    private readonly ReaderWriterLockSlim _lock = new();

    /// <summary>Counts until it is disposed of.</summary>
    /// <param name="gate">Null where nobody copies counts.</param>
    public static Counting Count(CountingGate? gate) => new(gate);

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

    private void Enter() => _lock.EnterReadLock();

    private void Exit()
    {
        _lock.ExitReadLock();
        counted?.Invoke();
    }

    public readonly ref struct Counting
    {
        private readonly CountingGate? _gate;

        public Counting(CountingGate? gate)
        {
            _gate = gate;
            _gate?.Enter();
        }

        public void Dispose() => _gate?.Exit();
    }
}
