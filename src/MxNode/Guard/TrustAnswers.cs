using System.Net;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.TrustList;

namespace ThrottleNet.MxNode.Guard;

/// <summary>What the list says while it may be out of date.</summary>
internal static class TrustAnswers
{
    /// <summary>
    /// Whether the address is trusted; null when a signed entry says so in a list that is not current, since it may have been
    /// revoked. The node's own entries have no signer, and always count.
    /// </summary>
    public static bool? Vouches(this TrustBook book, IPAddress address, out TrustEntry? entry)
    {
        entry = book.Find(address);
        return entry is null ? false
            : entry.Author.Length == 0 || book.IsCurrent ? true
            : null;
    }
}
