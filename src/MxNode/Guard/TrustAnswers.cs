using System.Net;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.TrustList;

namespace ThrottleNet.MxNode.Guard;

/// <summary>Answers from a trusted list that may be out of date.</summary>
internal static class TrustAnswers
{
    /// <summary>
    /// Whether the address is trusted. Null when a signed entry of a list that is not current says so: it may have been revoked.
    /// The node's own entries are not signed, and always count.
    /// </summary>
    public static bool? IsTrusted(this TrustBook book, IPAddress address, out TrustEntry? entry)
    {
        entry = book.Find(address);
        return entry is null ? false
            : entry.Author.Length == 0 || book.IsCurrent ? true
            : null;
    }
}
