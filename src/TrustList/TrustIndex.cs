using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using ThrottleNet.TrustList.Index;

namespace ThrottleNet.TrustList;

/// <summary>
/// The list by address: immutable, longest prefix first, read by any number of threads without a lock.
/// IPv4-mapped IPv6 is IPv4. A suspended or revoked entry makes a hole in the wider ones around it.
/// It has no clock: build it from what is in force, and check <see cref="TrustEntry.Expires"/> where it is used.
/// </summary>
public sealed class TrustIndex
{
    private readonly TrustEntry[] _entries;
    private readonly RangeTable<uint> _v4;
    private readonly RangeTable<UInt128> _v6;

    private TrustIndex(TrustEntry[] entries, RangeTable<uint> v4, RangeTable<UInt128> v6)
    {
        _entries = entries;
        _v4 = v4;
        _v6 = v6;
    }

    public static TrustIndex Empty { get; } = Build([]);

    /// <summary>Everything that was given, in its order, holes and doubles included.</summary>
    public IReadOnlyList<TrustEntry> Entries => _entries;

    /// <summary>Memory of the two tables, in octets, without the entries they point at.</summary>
    public long TableOctets => _v4.Octets + _v6.Octets;

    /// <summary>Builds the index. Of two entries for one network the first stands.</summary>
    public static TrustIndex Build(IEnumerable<TrustEntry> entries)
    {
        var all = entries.ToArray();
        List<RangeBuilder<uint>.Span> v4 = [];
        List<RangeBuilder<UInt128>.Span> v6 = [];
        for (var i = 0; i < all.Length; i++)
        {
            var network = NetworkText.Canonical(all[i].Network);
            var prefix = network.PrefixLength;
            if (network.BaseAddress.AddressFamily == AddressFamily.InterNetwork)
            {
                var first = NetworkRange.V4(network.BaseAddress);
                v4.Add(new(first, NetworkRange.Last(first, prefix, NetworkRange.V4Bits), i));
            }
            else
            {
                var first = NetworkRange.V6(network.BaseAddress);
                v6.Add(new(first, NetworkRange.Last(first, prefix, NetworkRange.V6Bits), i));
            }
        }

        return new TrustIndex(all, RangeBuilder<uint>.Build(v4), RangeBuilder<UInt128>.Build(v6));
    }

    /// <summary>Finds the narrowest entry that holds the address; false when there is none, or when it takes the trust away.</summary>
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

    /// <summary>The list as disjoint networks in address order, IPv4 first, without holes: what a program with its own rule of precedence can be given.</summary>
    public IEnumerable<(IPNetwork Network, TrustEntry Entry)> Disjoint()
    {
        for (var i = 0; i < _v4.Count; i++)
        {
            var (first, last, value) = _v4[i];
            if (value >= 0 && _entries[value].Standing == TrustStanding.Trusted)
            {
                foreach (var piece in NetworkRange.Cover(first, last, NetworkRange.V4Bits))
                {
                    yield return (new IPNetwork(NetworkRange.Address(piece.First), piece.Prefix), _entries[value]);
                }
            }
        }

        for (var i = 0; i < _v6.Count; i++)
        {
            var (first, last, value) = _v6[i];
            if (value >= 0 && _entries[value].Standing == TrustStanding.Trusted)
            {
                foreach (var piece in NetworkRange.Cover(first, last, NetworkRange.V6Bits))
                {
                    yield return (new IPNetwork(NetworkRange.Address(piece.First), piece.Prefix), _entries[value]);
                }
            }
        }
    }

    /// <summary>The narrowest entry that holds the address, whatever its standing; null when there is none.</summary>
    public TrustEntry? Narrowest(IPAddress address)
    {
        var at = address.AddressFamily == AddressFamily.InterNetwork || address.IsIPv4MappedToIPv6
            ? _v4.Find(NetworkRange.V4(address))
            : _v6.Find(NetworkRange.V6(address));
        return at < 0 ? null : _entries[at];
    }
}
