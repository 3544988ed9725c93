using System.Net;
using ThrottleNet.MxNode.Admin;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.TrustList.Folding;

namespace ThrottleNet.MxNode.Dashboard.Data;

/// <summary>The trusted list as the dashboard shows it.</summary>
internal sealed class TrustDesk(TrustSigner signer, Live<TrustOptions> options, TrustKeeper keeper)
{
    /// <summary>Whether an admin can sign here.</summary>
    public bool CanSign => signer.CanSign;

    /// <summary>The entries of this node's own configuration.</summary>
    public IReadOnlyList<string> Local => options.Current.Entries;

    /// <summary>The rows of the signed list that match: the subject, the organisation or the contact contains the text, or the network contains the address.</summary>
    /// <param name="search">Empty for all.</param>
    public IEnumerable<ListRow> Find(string search)
    {
        var address = IPAddress.TryParse(search, out var parsed) ? parsed : null;
        return keeper.List.Rows
            .Where(row => search.Length == 0
                || row.Subject.ToString().Contains(search, StringComparison.OrdinalIgnoreCase)
                || row.Statement.Organisation.Contains(search, StringComparison.OrdinalIgnoreCase)
                || row.Statement.Contact.Contains(search, StringComparison.OrdinalIgnoreCase)
                || (address is not null && row.Subject.Network?.Contains(address) == true))
            .OrderBy(row => row.Expires ?? DateTimeOffset.MaxValue);
    }
}
