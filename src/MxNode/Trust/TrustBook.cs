using System.Net;
using ThrottleNet.TrustList;

namespace ThrottleNet.MxNode.Trust;

/// <summary>The list in force. Readers take no lock; a new list replaces the old one whole.</summary>
internal sealed class TrustBook(TimeProvider clock)
{
    /// <summary>After so long without having seen that the logs are as they were, nobody knows whether an entry was revoked.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(5);

    private volatile Published _list = new(TrustIndex.Empty, 0);
    private volatile bool _wasConfirmed;
    private long _confirmed;

    public TrustIndex Index => _list.Index;

    /// <summary>A number that rises with each list: seconds since 1970, or one more where two lists share a second.</summary>
    public uint Serial => _list.Serial;

    /// <summary>Whether the list is known to be the one that the logs give, within <see cref="MaxAge"/>.</summary>
    public bool IsCurrent => _wasConfirmed && clock.GetElapsedTime(Volatile.Read(ref _confirmed)) <= MaxAge;

    public void Replace(TrustIndex index) =>
        _list = new Published(index, Math.Max(_list.Serial + 1, (uint)clock.GetUtcNow().ToUnixTimeSeconds()));

    /// <summary>Says that the list was seen to be what the logs give.</summary>
    public void Confirm()
    {
        Volatile.Write(ref _confirmed, clock.GetTimestamp());
        _wasConfirmed = true;
    }

    /// <summary>The entry that an address is trusted by now; null when it is not. One past its expiry is none, even before the list has been rebuilt without it.</summary>
    public TrustEntry? Find(IPAddress address) =>
        Index.TryFind(address, out var entry) && (entry.Expires is not { } expires || clock.GetUtcNow() < expires) ? entry : null;

    private sealed record Published(TrustIndex Index, uint Serial);
}
