using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Numerics;
using ThrottleNet.TrustList.Index;

namespace ThrottleNet.TrustList;

/// <summary>
/// Looks up the list by address: the entry with the longest prefix decides. Immutable, so any number of threads read it without a lock.
/// IPv4-mapped IPv6 counts as IPv4. A suspended or revoked entry makes a hole in the wider entries around it.
/// It has no clock: build it from the entries in force, and check <see cref="TrustEntry.Expires"/> where it is used.
/// </summary>
public sealed class TrustIndex
{
    private readonly V4Table _v4;
    private readonly V6Table _v6;

    private TrustIndex(int count, V4Table v4, V6Table v6)
    {
        Count = count;
        _v4 = v4;
        _v6 = v6;
    }

    public static TrustIndex Empty { get; } = Build([]);

    /// <summary>The number of entries it was built from, holes and duplicates included.</summary>
    public int Count { get; }

    /// <summary>Builds the index. Where two entries have the same network, the first counts.</summary>
    public static TrustIndex Build(IEnumerable<TrustEntry> entries)
    {
        var count = 0;
        List<RangeBuilder<uint>.Span> v4 = [];
        List<RangeBuilder<UInt128>.Span> v6 = [];
        foreach (var entry in entries)
        {
            var network = NetworkText.Canonical(entry.Network);
            var prefix = network.PrefixLength;
            if (network.BaseAddress.AddressFamily == AddressFamily.InterNetwork)
            {
                var first = NetworkRange.V4(network.BaseAddress);
                v4.Add(new(first, NetworkRange.Last(first, prefix, NetworkRange.V4Bits), count, entry));
            }
            else
            {
                var first = NetworkRange.V6(network.BaseAddress);
                v6.Add(new(first, NetworkRange.Last(first, prefix, NetworkRange.V6Bits), count, entry));
            }

            count++;
        }

        var narrow = RangeBuilder<uint>.Build(v4);
        var wide = RangeBuilder<UInt128>.Build(v6);
        return new TrustIndex(count, new V4Table(narrow.Starts, narrow.Values), new V6Table(wide.Starts, wide.Values));
    }

    /// <summary>Finds the narrowest entry that contains the address; false when there is none, or when that entry is a suspension or revocation.</summary>
    public bool TryFind(IPAddress address, [NotNullWhen(true)] out TrustEntry? entry)
    {
        entry = Narrowest(address);
        if (entry is { Standing: TrustStanding.Trusted })
        {
            return true;
        }

        entry = null;
        return false;
    }

    /// <summary>The trusted addresses as disjoint networks in address order, IPv4 first. No program's rule of precedence can change their meaning.</summary>
    public IEnumerable<(IPNetwork Network, TrustEntry Entry)> Disjoint()
    {
        for (var i = 0; i < _v4.Count; i++)
        {
            var (first, last, entry) = _v4[i];
            foreach (var piece in Pieces(first, last, entry, NetworkRange.V4Bits))
            {
                yield return (new IPNetwork(NetworkRange.Address(piece.First), piece.Prefix), entry!);
            }
        }

        for (var i = 0; i < _v6.Count; i++)
        {
            var (first, last, entry) = _v6[i];
            foreach (var piece in Pieces(first, last, entry, NetworkRange.V6Bits))
            {
                yield return (new IPNetwork(NetworkRange.Address(piece.First), piece.Prefix), entry!);
            }
        }
    }

    /// <summary>The narrowest entry that contains the address, of any standing; null when there is none.</summary>
    public TrustEntry? Narrowest(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetwork || address.IsIPv4MappedToIPv6
            ? _v4.Find(NetworkRange.V4(address))
            : _v6.Find(NetworkRange.V6(address));

    /// <summary>Whether every address of a canonical network has an entry, of any standing.</summary>
    internal bool Holds(IPNetwork network)
    {
        if (network.BaseAddress.AddressFamily == AddressFamily.InterNetwork)
        {
            var first = NetworkRange.V4(network.BaseAddress);
            return _v4.Holds(first, NetworkRange.Last(first, network.PrefixLength, NetworkRange.V4Bits));
        }

        var start = NetworkRange.V6(network.BaseAddress);
        return _v6.Holds(start, NetworkRange.Last(start, network.PrefixLength, NetworkRange.V6Bits));
    }

    private static IEnumerable<(T First, int Prefix)> Pieces<T>(T first, T last, TrustEntry? entry, int bits)
        where T : IBinaryInteger<T>, IMinMaxValue<T> =>
        entry is { Standing: TrustStanding.Trusted } ? NetworkRange.Cover(first, last, bits) : [];
}
