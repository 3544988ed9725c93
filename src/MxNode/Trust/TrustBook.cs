using System.Diagnostics.CodeAnalysis;
using System.Net;
using ThrottleNet.TrustList;

namespace ThrottleNet.MxNode.Trust;

/// <summary>The list in force. Readers take no lock; a new list replaces the old one whole.</summary>
internal sealed class TrustBook(TimeProvider clock)
{
    private volatile TrustIndex _index = TrustIndex.Empty;

    public TrustIndex Index => _index;

    public void Replace(TrustIndex index) => _index = index;

    /// <summary>The entry that the address is trusted by; null when it is not.</summary>
    public TrustEntry? Find(IPAddress address) => IsTrusted(address, out var entry) ? entry : null;

    /// <summary>Whether the address is trusted now. An entry past its expiry is not, even before the list has been rebuilt without it.</summary>
    public bool IsTrusted(IPAddress address, [NotNullWhen(true)] out TrustEntry? entry)
    {
        if (_index.TryFind(address, out entry) && (entry.Expires is not { } expires || clock.GetUtcNow() < expires))
        {
            return true;
        }

        entry = null;
        return false;
    }
}
