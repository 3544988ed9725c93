namespace ThrottleNet.Counting;

/// <summary>
/// A secret permutation of block keys, one per process, so that no outsider can choose addresses that crowd one corner of
/// a hash table. The rows hold the scrambled key, which is its own hash; being a permutation it can be undone.
/// </summary>
/// <remarks>
/// Two rounds of multiplication by a secret odd number with a shift between: good high bits, which are the ones the tables use.
/// The one key that becomes zero lies in 00fe::/16, which no host has (0000::/8 is reserved, RFC 4291, section 2.4), so zero
/// can mark an empty slot.
/// </remarks>
internal sealed class KeyScrambler
{
    private readonly ulong _zero = 0x00fe_0000_0000_0000 | (Secret.Word() >> 16);
    private readonly ulong _first = Secret.OddWord();
    private readonly ulong _second = Secret.OddWord();
    private readonly ulong _undoFirst;
    private readonly ulong _undoSecond;

    public KeyScrambler()
    {
        _undoFirst = Inverse(_first);
        _undoSecond = Inverse(_second);
    }

    public ulong Scramble(ulong key)
    {
        key = (key ^ _zero) * _first;
        return (key ^ (key >> 32)) * _second;
    }

    public ulong Unscramble(ulong scrambled)
    {
        scrambled *= _undoSecond;
        return ((scrambled ^ (scrambled >> 32)) * _undoFirst) ^ _zero;
    }

    /// <summary>The inverse of an odd number modulo 2⁶⁴: Newton's iteration doubles the right bits, of which an odd number has three.</summary>
    private static ulong Inverse(ulong odd)
    {
        var inverse = odd;
        for (var bits = 3; bits < 64; bits *= 2)
        {
            inverse *= 2 - (odd * inverse);
        }

        return inverse;
    }
}
