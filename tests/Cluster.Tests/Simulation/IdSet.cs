namespace ThrottleNet.Cluster.Tests.Simulation;

/// <summary>A set of attempts, by number.</summary>
internal sealed class IdSet
{
    private ulong[] _bits = new ulong[8];

    public bool Contains(int id) => id / 64 < _bits.Length && (_bits[id / 64] >> id % 64 & 1) != 0;

    public void Add(int id)
    {
        if (id / 64 >= _bits.Length)
            Array.Resize(ref _bits, Math.Max(_bits.Length * 2, (id / 64) + 1));
        _bits[id / 64] |= 1ul << id % 64;
    }

    public void Remove(int id)
    {
        if (id / 64 < _bits.Length)
            _bits[id / 64] &= ~(1ul << id % 64);
    }

    public void Union(IdSet other)
    {
        if (_bits.Length < other._bits.Length)
            Array.Resize(ref _bits, other._bits.Length);
        for (var i = 0; i < other._bits.Length; i++)
            _bits[i] |= other._bits[i];
    }
}
