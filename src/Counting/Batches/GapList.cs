using System.Numerics;

namespace ThrottleNet.Counting.Batches;

/// <summary>
/// One ascending list of blocks of one family with their counts: the number of entries and the coding, then gaps
/// (key minus the previous key minus one). Most entries count exactly one unit, which takes one bit.
/// <code>
/// list    = LEB128(entries * 2 + coding) [ coding 0: octets | coding 1: parameter(1 octet) bits, padded with zeros ]
/// octets  = LEB128(gap * 2 + other) [ other: LEB128(m - 1) ]            an entry
/// bits    = rice(gap, parameter) other(1 bit) [ other: gamma(m) ]       an entry
/// m       = quarters below 4: quarters; above 4: quarters - 1           (4 quarters are "not other")
/// </code>
/// The shorter coding is sent, octets if both are equal; the Rice parameter is the best of three around log2 of the mean gap.
/// </summary>
internal static class GapList
{
    private const int MaxParameter = 63;

    public static int Size(ReadOnlySpan<CountEntry> entries, ulong floor) => Plan(entries, floor).Size;

    public static int Write(Span<byte> output, ReadOnlySpan<CountEntry> entries, ulong floor)
    {
        var plan = Plan(entries, floor);
        var at = Leb128.Write(output, ((ulong)entries.Length << 1) | (plan.Rice ? 1u : 0u));
        if (plan.Rice)
            WriteBits(output[at..plan.Size], entries, floor, plan.Parameter);
        else
            WriteOctets(output[at..plan.Size], entries, floor);
        return plan.Size;
    }

    /// <summary>Reads a list into the front of <paramref name="entries"/>; false when <see cref="Write"/> would not have written it, or when there are more entries than room.</summary>
    public static bool TryRead(ReadOnlySpan<byte> input, ref int at, ulong floor, ulong ceiling, Span<CountEntry> entries, out int count)
    {
        var start = at;
        count = 0;
        if (!Leb128.TryRead(input, ref at, out var head) || head >> 1 > (ulong)entries.Length)
            return false;
        count = (int)(head >> 1);
        var rice = (head & 1) != 0;
        var parameter = 0;
        var whole = rice
            ? TryReadBits(input, ref at, floor, ceiling, entries[..count], out parameter)
            : TryReadOctets(input, ref at, floor, ceiling, entries[..count]);
        return whole && Plan(entries[..count], floor) == (at - start, rice, parameter);
    }

    private static void WriteOctets(Span<byte> output, ReadOnlySpan<CountEntry> entries, ulong floor)
    {
        var at = 0;
        foreach (var entry in entries)
        {
            var gap = entry.Code - floor;
            var other = entry.Quarters == CountEntry.PerUnit ? 0u : 1u;
            // gap * 2 may need 65 bits: the first octet takes the flag and six bits of the gap.
            var more = gap >> 6;
            output[at++] = (byte)(((gap & 0x3f) << 1) | other | (more == 0 ? 0u : 0x80u));
            if (more != 0)
                at += Leb128.Write(output[at..], more);
            if (other != 0)
                at += Leb128.Write(output[at..], ToSymbol(entry.Quarters) - 1);
            floor = entry.Code + 1;
        }
    }

    private static bool TryReadOctets(ReadOnlySpan<byte> input, ref int at, ulong floor, ulong ceiling, Span<CountEntry> entries)
    {
        for (var i = 0; i < entries.Length; i++)
        {
            if (at >= input.Length)
                return false;
            var first = input[at++];
            var gap = (ulong)((first >> 1) & 0x3f);
            if (first >= 0x80)
            {
                if (!Leb128.TryRead(input, ref at, out var more) || more == 0 || more >> 58 != 0)
                    return false;
                gap |= more << 6;
            }

            ulong symbol = 0;
            if ((first & 1) != 0 && (!Leb128.TryRead(input, ref at, out symbol) || symbol++ > CountEntry.MaxQuarters))
                return false;
            if (!TryStep(ref floor, ceiling, gap, symbol, i == entries.Length - 1, out entries[i]))
                return false;
        }

        return true;
    }

    private static void WriteBits(Span<byte> output, ReadOnlySpan<CountEntry> entries, ulong floor, int parameter)
    {
        output.Clear();
        output[0] = (byte)parameter;
        var bits = new BitWriter(output[1..]);
        foreach (var entry in entries)
        {
            var gap = entry.Code - floor;
            bits.WriteUnary(gap >> parameter);
            bits.WriteBits(gap, parameter);
            var other = entry.Quarters != CountEntry.PerUnit;
            bits.WriteBits(other ? 1u : 0u, 1);
            if (other)
            {
                var symbol = ToSymbol(entry.Quarters);
                bits.WriteUnary((ulong)BitOperations.Log2(symbol));
                bits.WriteBits(symbol, BitOperations.Log2(symbol));
            }

            floor = entry.Code + 1;
        }
    }

    private static bool TryReadBits(ReadOnlySpan<byte> input, ref int at, ulong floor, ulong ceiling, Span<CountEntry> entries, out int parameter)
    {
        parameter = 0;
        if (at >= input.Length || input[at] > MaxParameter)
            return false;
        parameter = input[at++];
        var bits = new BitReader(input[at..]);
        for (var i = 0; i < entries.Length; i++)
        {
            if (!bits.TryReadUnary(out var high) || high > ulong.MaxValue >> parameter
                || !bits.TryReadBits(parameter, out var low) || !bits.TryReadBits(1, out var other))
                return false;
            ulong symbol = 0;
            if (other != 0)
            {
                if (!bits.TryReadUnary(out var length) || length > 31 || !bits.TryReadBits((int)length, out var rest))
                    return false;
                symbol = (1ul << (int)length) | rest;
            }

            if (!TryStep(ref floor, ceiling, (high << parameter) | low, symbol, i == entries.Length - 1, out entries[i]))
                return false;
        }

        at += bits.Consumed;
        return bits.IsPaddedWithZeros;
    }

    // Advances by one entry: false when the key leaves its family, or the count is out of range. No entry follows the highest key.
    private static bool TryStep(ref ulong floor, ulong ceiling, ulong gap, ulong symbol, bool isLast, out CountEntry entry)
    {
        var quarters = symbol == 0 ? CountEntry.PerUnit : symbol < CountEntry.PerUnit ? symbol : symbol + 1;
        var fits = floor <= ceiling && gap <= ceiling - floor && (isLast || floor + gap != ulong.MaxValue) && quarters <= CountEntry.MaxQuarters;
        entry = fits ? new CountEntry(CountEntry.ToKey(floor + gap), (uint)quarters) : default;
        floor += gap + 1;
        return fits;
    }

    private static ulong ToSymbol(uint quarters) => quarters < CountEntry.PerUnit ? quarters : quarters - 1;

    private static (int Size, bool Rice, int Parameter) Plan(ReadOnlySpan<CountEntry> entries, ulong floor)
    {
        var head = Leb128.Size((ulong)entries.Length << 1);
        if (entries.IsEmpty)
            return (head, false, 0);

        var mean = (entries[^1].Code - floor) / (ulong)entries.Length;
        var middle = BitOperations.Log2(mean | 1);
        var first = Math.Max(0, middle - 1);
        var octets = 0;
        long counts = 0;
        Span<long> unary = stackalloc long[3];
        foreach (var entry in entries)
        {
            var gap = entry.Code - floor;
            octets += 1 + (gap >> 6 == 0 ? 0 : Leb128.Size(gap >> 6));
            for (var i = 0; i < unary.Length; i++)
                unary[i] += (long)(gap >> Math.Min(MaxParameter, first + i));
            if (entry.Quarters != CountEntry.PerUnit)
            {
                var symbol = ToSymbol(entry.Quarters);
                octets += Leb128.Size(symbol - 1);
                counts += (2 * BitOperations.Log2(symbol)) + 1;
            }

            floor = entry.Code + 1;
        }

        var best = (Bits: long.MaxValue, Parameter: 0);
        for (var i = 0; i < unary.Length; i++)
        {
            var parameter = Math.Min(MaxParameter, first + i);
            var bits = unary[i] + counts + ((2L + parameter) * entries.Length);
            if (bits < best.Bits)
                best = (bits, parameter);
        }

        var packed = 1 + ((best.Bits + 7) >> 3);
        return packed < octets ? (head + (int)packed, true, best.Parameter) : (head + octets, false, 0);
    }
}
