using System.Collections.Concurrent;

namespace ThrottleNet.Counting;

/// <summary>Numbers for operators, from 0 for the node's own. Operators are certified, so their number is bounded by the authority. Thread-safe.</summary>
internal sealed class OperatorNames
{
    private readonly ConcurrentDictionary<string, int> _numbers = new();
    private readonly ConcurrentDictionary<int, string> _names = new();
    private int _last = ReportRow.Own;

    public OperatorNames(string own)
    {
        _numbers[own] = ReportRow.Own;
        _names[ReportRow.Own] = own;
    }

    public string this[int number] => _names[number];

    public int NumberOf(string name) => _numbers.GetOrAdd(name, added =>
    {
        var number = Interlocked.Increment(ref _last);
        _names[number] = added;
        return number;
    });
}
