namespace ThrottleNet.Counting;

/// <summary>How many rows all tables of one kind may hold together. Thread-safe.</summary>
internal sealed class RowBudget(int maxRows)
{
    private int _rows;

    public int Rows => Volatile.Read(ref _rows);

    public bool IsSpent => Rows >= maxRows;

    public void Add(int rows) => Interlocked.Add(ref _rows, rows);
}
