using System.Numerics;

namespace ThrottleNet.TrustList.Index;

/// <summary>
/// Flattens nested networks into disjoint ranges: each number gets the value of the narrowest network that contains it. CIDR networks are
/// nested or disjoint, so one pass with a stack of the open networks is enough.
/// </summary>
internal static class RangeBuilder<T>
    where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
{
    /// <summary>A network as a range, with its entry. Where two ranges are equal, the one of lower order counts.</summary>
    public readonly record struct Span(T First, T Last, int Order, TrustEntry Entry);

    public static (T[] Starts, TrustEntry?[] Values) Build(List<Span> spans)
    {
        // Where two networks have the same start, the wider comes first.
        spans.Sort(static (a, b) =>
            a.First != b.First ? a.First.CompareTo(b.First) : a.Last != b.Last ? b.Last.CompareTo(a.Last) : a.Order.CompareTo(b.Order));

        var output = new Output(spans.Count);
        var open = new Stack<Span>();
        foreach (var span in spans)
        {
            CloseBefore(span.First, open, output);
            if (open.TryPeek(out var outer) && outer.First == span.First && outer.Last == span.Last)
            {
                continue;
            }

            open.Push(span);
            output.From(span.First, span.Entry);
        }

        while (open.TryPop(out var last))
        {
            After(last, open, output);
        }

        return output.ToArrays();
    }

    private static void CloseBefore(T start, Stack<Span> open, Output output)
    {
        while (open.TryPeek(out var top) && top.Last < start)
        {
            open.Pop();
            After(top, open, output);
        }
    }

    private static void After(Span closed, Stack<Span> open, Output output)
    {
        if (closed.Last != T.MaxValue)
        {
            output.From(closed.Last + T.One, open.TryPeek(out var outer) ? outer.Entry : null);
        }
    }

    private sealed class Output(int spans)
    {
        private readonly List<T> _starts = new(spans + 1) { T.Zero };
        private readonly List<TrustEntry?> _values = new(spans + 1) { null };

        /// <summary>Begins a range with this value. It replaces an empty range, and does not split a range that has the same value.</summary>
        public void From(T start, TrustEntry? value)
        {
            if (_starts[^1] == start)
            {
                _starts.RemoveAt(_starts.Count - 1);
                _values.RemoveAt(_values.Count - 1);
            }

            if (_values.Count == 0 || !ReferenceEquals(_values[^1], value))
            {
                _starts.Add(start);
                _values.Add(value);
            }
        }

        public (T[] Starts, TrustEntry?[] Values) ToArrays() => ([.. _starts], [.. _values]);
    }
}
