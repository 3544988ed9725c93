using System.Runtime.InteropServices;

namespace ThrottleNet.Counting;

/// <summary>What a block did, in units decayed to some moment.</summary>
/// <param name="Fast">Over <see cref="Decay.FastTau"/>.</param>
/// <param name="Slow">Over <see cref="Decay.SlowTau"/>.</param>
public readonly record struct BlockCount(double Fast, double Slow);

/// <summary>The others' part of a block's count, as far as it is believed.</summary>
/// <param name="Likely">Decides about slowing and deferring: the most that f liars can add is f times what the busiest honest operator saw.</param>
/// <param name="Proven">Decides about refusing: f liars can add nothing to it.</param>
/// <param name="Disbelieved">What was reported beyond the likely count.</param>
public readonly record struct OthersCount(BlockCount Likely, BlockCount Proven, BlockCount Disbelieved = default);

/// <summary>
/// Per-operator sums of the blocks that others report much about, and what follows from them when up to
/// f = min(faulty, operators heard / 3) operators lie. Of the reports, sorted, the f highest are
/// <list type="bullet">
/// <item>lowered to the (f+1)-th for the likely count (winsorized): one wild report counts like the next one; in all no less than
/// a cold block may;</item>
/// <item>struck out for the proven count (trimmed). Whoever lies, the rest sums to no more than the honest operators
/// really counted: a refusal at twice the limit by own + proven count needs that many attempts to have happened.
/// A spray over many operators is proven though no single one saw much; reports of f operators alone prove nothing.</item>
/// </list>
/// Operators that hide counts take nothing from what the others saw, nor from the node's own count.
/// <para>
/// Reports from nodes of the own operator are believed, like own counts. Of a cold block (others' sum at most
/// <paramref name="warm"/>) nothing is kept here: its sum is believed as it is, which can slow but not defer. What had come in
/// before a block got warm stays unattributed, and counts as likely, not as proven. Bounded: when there are more blocks and
/// (operator, block) pairs than <paramref name="max"/>, of a few blocks the one least proven goes, so that
/// invented ones go before real ones; a block that went counts as <paramref name="warm"/> at most.
/// </para>
/// Not thread-safe.
/// </summary>
/// <param name="ownOperator">Who runs this node.</param>
/// <param name="faulty">Operators that may lie together.</param>
/// <param name="warm">Half of the host's limits, in units: rate times time constant.</param>
/// <param name="max">Blocks and pairs. A block takes about 250 octets, its first four pairs included.</param>
public sealed class OperatorSums(string ownOperator, int faulty, BlockCount warm, int max = 1_000_000)
{
    // Blocks that are compared to find one to give up, far from each other: those that came together are alike (Knuth, TAOCP 3, section 6.4).
    private const int Candidates = 16;
    private const uint GoldenRatio = 2_654_435_769;

    private readonly Dictionary<ulong, Row> _rows = [];

    // The keys again, in no order, so that a few can be looked at in turn.
    private readonly List<ulong> _hosts = [];
    private readonly Dictionary<string, int> _operators = new() { [ownOperator] = Own };
    private readonly List<string> _names = [ownOperator];
    private int _cells;
    private uint _turn;

    private const int Own = 0;

    /// <summary>Blocks with sums of their own.</summary>
    public int Count => _rows.Count;

    /// <summary>Takes a report.</summary>
    /// <param name="host">Key of a host block.</param>
    /// <param name="reporter">The operator of the node that counted.</param>
    /// <param name="units">How much.</param>
    /// <param name="time">When, in milliseconds since 1970.</param>
    /// <param name="before">What all others had reported before, decayed to <paramref name="now"/>.</param>
    /// <param name="now">Milliseconds since 1970; not before <paramref name="time"/>.</param>
    public void Add(ulong host, string reporter, double units, long time, BlockCount before, long now)
    {
        if (!_rows.TryGetValue(host, out var row))
        {
            if (before.Fast + units <= warm.Fast && before.Slow + units <= warm.Slow)
                return;
            MakeRoom(now);
            row = AddRow(host, now);
            row.Unattributed = new BlockCount(Math.Min(before.Fast, warm.Fast), Math.Min(before.Slow, warm.Slow));
        }

        row.DecayTo(now);
        var age = row.Stamp - time;
        if (row.Add(IdOf(reporter), units * Decay.Factor(age, Decay.FastTau), units * Decay.Factor(age, Decay.SlowTau)))
        {
            _cells++;
            MakeRoom(now);
        }
    }

    /// <summary>Raises a block's sum to at least this, without saying who counted it: from a snapshot, or from before a restart. Of one more than there is room for nothing is kept.</summary>
    /// <param name="host">Key of a host block.</param>
    /// <param name="count">Decayed to <paramref name="time"/>; at most <c>warm</c> changes nothing.</param>
    /// <param name="time">Milliseconds since 1970.</param>
    public void Raise(ulong host, BlockCount count, long time)
    {
        if (!_rows.TryGetValue(host, out var row))
        {
            if ((count.Fast <= warm.Fast && count.Slow <= warm.Slow) || IsFull)
                return;
            row = AddRow(host, time);
        }

        row.DecayTo(time);
        var raw = row.Raw;
        row.Unattributed = new BlockCount(
            row.Unattributed.Fast + Math.Max(0, count.Fast - raw.Fast), row.Unattributed.Slow + Math.Max(0, count.Slow - raw.Slow));
    }

    /// <summary>How many of the operators heard may lie; as long as their number has not settled, as many as ever.</summary>
    public static int Liars(int faulty, OperatorsHeard heard) => heard.IsSettled ? Math.Min(faulty, heard.Count / 3) : faulty;

    /// <summary>What the others' reports amount to.</summary>
    /// <param name="host">Key of a host block.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    /// <param name="heard">Other operators, whether they reported this block or not. Until their number has settled nothing is proven by less than f + 1 reports, however few operators there seem to be.</param>
    /// <param name="plain">The plain sum of all others' reports, decayed to now: what a cold block counts.</param>
    public OthersCount Judge(ulong host, long now, OperatorsHeard heard, BlockCount plain)
    {
        if (!_rows.TryGetValue(host, out var row))
            return new OthersCount(new BlockCount(Math.Min(plain.Fast, warm.Fast), Math.Min(plain.Slow, warm.Slow)), default);
        row.DecayTo(now);
        var raw = row.Raw;
        if (raw.Fast < warm.Fast / 2 && raw.Slow < warm.Slow / 2)
        {
            Remove(host, row);
            return new OthersCount(raw, default);
        }

        return row.Judge(Math.Min(faulty, heard.Count / 3), Liars(faulty, heard), warm);
    }

    /// <summary>Who reported a warm block, most first, in units decayed to now; for people.</summary>
    public IReadOnlyList<(string Operator, BlockCount Count)> Describe(ulong host, long now)
    {
        if (!_rows.TryGetValue(host, out var row))
            return [];
        row.DecayTo(now);
        return [.. row.Cells.OrderByDescending(c => c.Fast).Select(c => (_names[c.Operator], new BlockCount(c.Fast, c.Slow)))];
    }

    private int IdOf(string reporter)
    {
        ref var id = ref CollectionsMarshal.GetValueRefOrAddDefault(_operators, reporter, out var known);
        if (!known)
        {
            id = _names.Count;
            _names.Add(reporter);
        }

        return id;
    }

    private bool IsFull => _rows.Count + _cells >= max;

    private Row AddRow(ulong host, long now)
    {
        var row = new Row { Stamp = now, Place = _hosts.Count };
        _hosts.Add(host);
        _rows.Add(host, row);
        return row;
    }

    private void Remove(ulong host, Row row)
    {
        var last = _hosts[^1];
        _hosts[row.Place] = last;
        _rows[last].Place = row.Place;
        _hosts.RemoveAt(_hosts.Count - 1);
        _rows.Remove(host);
        _cells -= row.Cells.Count;
    }

    // For each block and each pair that comes one goes: decisions wait for whoever adds, so it must not be many at a time.
    private void MakeRoom(long now)
    {
        if (!IsFull)
            return;
        var least = (Host: 0ul, Row: default(Row), Proven: double.PositiveInfinity);
        for (var i = 0; i < Math.Min(Candidates, _hosts.Count); i++)
        {
            var host = _hosts[(int)(unchecked(_turn++ * GoldenRatio) % (uint)_hosts.Count)];
            var row = _rows[host];
            row.DecayTo(now);
            var proven = row.Judge(faulty, faulty, warm).Proven.Fast;
            if (proven < least.Proven)
                least = (host, row, proven);
        }

        Remove(least.Host, least.Row!);
    }

    private struct Cell
    {
        public int Operator;
        public double Fast;
        public double Slow;
    }

    private sealed class Row
    {
        public long Stamp;
        public int Place;
        public BlockCount Unattributed;

        public List<Cell> Cells { get; } = new(4);

        public BlockCount Raw => new(Unattributed.Fast + Cells.Sum(c => c.Fast), Unattributed.Slow + Cells.Sum(c => c.Slow));

        /// <summary>True when the operator is new here.</summary>
        public bool Add(int reporter, double fast, double slow)
        {
            var cells = CollectionsMarshal.AsSpan(Cells);
            for (var i = 0; i < cells.Length; i++)
            {
                if (cells[i].Operator == reporter)
                {
                    cells[i].Fast += fast;
                    cells[i].Slow += slow;
                    return false;
                }
            }

            Cells.Add(new Cell { Operator = reporter, Fast = fast, Slow = slow });
            return true;
        }

        public void DecayTo(long time)
        {
            if (time <= Stamp)
                return;
            var fast = Decay.Factor(time - Stamp, Decay.FastTau);
            var slow = Decay.Factor(time - Stamp, Decay.SlowTau);
            Stamp = time;
            Unattributed = new BlockCount(Unattributed.Fast * fast, Unattributed.Slow * slow);
            foreach (ref var cell in CollectionsMarshal.AsSpan(Cells))
            {
                cell.Fast *= fast;
                cell.Slow *= slow;
            }
        }

        // Never less than a cold block's reports are believed: else a spray over f + 1 operators would count for nothing once it is large.
        public OthersCount Judge(int lowered, int struckOut, BlockCount warm)
        {
            var (likelyFast, provenFast) = Sum(lowered, struckOut, c => c.Fast);
            var (likelySlow, provenSlow) = Sum(lowered, struckOut, c => c.Slow);
            var raw = Raw;
            var likely = new BlockCount(
                Math.Max(Unattributed.Fast + likelyFast, Math.Min(raw.Fast, warm.Fast)), Math.Max(Unattributed.Slow + likelySlow, Math.Min(raw.Slow, warm.Slow)));
            return new OthersCount(likely, new BlockCount(provenFast, provenSlow), new BlockCount(raw.Fast - likely.Fast, raw.Slow - likely.Slow));
        }

        private (double Likely, double Proven) Sum(int lowered, int struckOut, Func<Cell, double> part)
        {
            double own = 0;
            var reports = new List<double>(Cells.Count);
            foreach (var cell in Cells)
            {
                if (cell.Operator == Own)
                    own += part(cell);
                else
                    reports.Add(part(cell));
            }

            reports.Sort((a, b) => b.CompareTo(a));
            var next = reports.Count > lowered ? reports[lowered] : 0;
            return (own + (lowered * next) + reports.Skip(lowered).Sum(), own + reports.Skip(struckOut).Sum());
        }
    }
}
