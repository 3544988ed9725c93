using System.Net;

namespace ThrottleNet.TrustList.Folding;

/// <summary>Builds the index of a folded list.</summary>
public static class ListIndex
{
    /// <summary>The most addresses that count for one host name; a single host has fewer.</summary>
    public const int MaxAddresses = 16;

    /// <summary>Builds the index.</summary>
    /// <param name="local">The node's own entries. They take precedence over the list's entries for the same network.</param>
    /// <param name="list">The folded list.</param>
    /// <param name="addressesOf">The addresses of a host name, as confirmed by reverse DNS; empty while not known.</param>
    public static TrustIndex Build(IEnumerable<TrustEntry> local, FoldedList list, Func<string, IReadOnlyList<IPAddress>> addressesOf)
    {
        List<TrustEntry> entries =
        [
            .. local,
            .. list.Rows.Where(row => row.Subject.Network is not null).Select(row => row.ToEntry(row.Subject.Network!.Value)),
        ];
        var networks = TrustIndex.Build(entries);
        var named = entries.Count;
        foreach (var row in list.Rows.Where(row => row is { Subject.HostName: not null, Standing: TrustStanding.Trusted }))
        {
            foreach (var address in addressesOf(row.Subject.HostName!).Take(MaxAddresses))
            {
                // The owner of the name's zone chooses its addresses, and must not be able to undo a suspension with them.
                if (networks.Narrowest(address) is null or { Standing: TrustStanding.Trusted })
                {
                    entries.Add(row.ToEntry(new IPNetwork(address, address.GetAddressBytes().Length * 8)));
                }
            }
        }

        return entries.Count == named ? networks : TrustIndex.Build(entries);
    }
}
