using System.Net;
using ThrottleNet.TrustList;

namespace ThrottleNet.MxNode.Trust;

/// <summary>The trusted list in force. Readers take no lock; a new list replaces the old one as a whole.</summary>
internal sealed class TrustBook(TimeProvider clock)
{
    /// <summary>How long a list counts as current after the logs were last compared with it. Beyond that an entry may have been revoked.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(5);

    private volatile Published _list = new(TrustIndex.Empty, 0);
    private volatile bool _wasConfirmed;
    private long _confirmed;

    public TrustIndex Index => _list.Index;

    /// <summary>A number that rises with each list: seconds since 1970, or the last number plus one where two lists share a second.</summary>
    public uint Serial => _list.Serial;

    /// <summary>Whether the list agreed with the logs at some moment within <see cref="MaxAge"/>.</summary>
    public bool IsCurrent => _wasConfirmed && clock.GetElapsedTime(Volatile.Read(ref _confirmed)) <= MaxAge;

    public void Replace(TrustIndex index) =>
        _list = new Published(index, Math.Max(_list.Serial + 1, (uint)clock.GetUtcNow().ToUnixTimeSeconds()));

    /// <summary>Notes that the list agrees with the logs now.</summary>
    public void Confirm()
    {
        Volatile.Write(ref _confirmed, clock.GetTimestamp());
        _wasConfirmed = true;
    }

    /// <summary>The entry by which an address is trusted now; null when it is not trusted. An expired entry does not count, even before the list is built again without it.</summary>
    public TrustEntry? Find(IPAddress address) =>
        Index.TryFind(address, out var entry) && (entry.Expires is not { } expires || clock.GetUtcNow() < expires) ? entry : null;

    private sealed record Published(TrustIndex Index, uint Serial);
}
