using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.TlsPolicy;

/// <summary>Bounds the fetches under way, in all and of one registered name, so that one zone's slow servers cannot take all. Further ones wait. Thread-safe.</summary>
/// <param name="perName">The most fetches under way of one registered name.</param>
internal sealed class FetchSlots(int perName)
{
    /// <summary>The most fetches under way.</summary>
    public const int Most = 32;

    /// <summary>The most fetches of one registered name that wait for a slot. Each is a domain: a zone's owner has domains without end.</summary>
    public const int WaitingPerName = 20;

    /// <summary>The most fetches that wait for a slot, of all names: a few MB.</summary>
    public const int MostWaiting = 4096;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Places> _names = [];
    private readonly Places _all = new("", Most);

    /// <summary>Waits for a slot, which is given back by disposing of it; null: there is none, because too many wait.</summary>
    /// <param name="domain">Canonical.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public async Task<IDisposable?> TakeAsync(string domain, CancellationToken cancel)
    {
        if (Enter(RegisteredName.Of(domain)) is not { } places)
        {
            return null;
        }

        var hasPlace = false;
        try
        {
            await places.Free.WaitAsync(cancel);
            hasPlace = true;
            await _all.Free.WaitAsync(cancel);
            return new Slot(this, places);
        }
        catch (OperationCanceledException)
        {
            Leave(places, hasPlace);
            throw;
        }
    }

    private Places? Enter(string name)
    {
        lock (_lock)
        {
            var known = _names.GetValueOrDefault(name);
            if (_all.Users >= Most + MostWaiting || known?.Users >= perName + WaitingPerName)
            {
                return null;
            }

            if (known is null)
            {
                _names.Add(name, known = new Places(name, perName));
            }

            _all.Users++;
            known.Users++;
            return known;
        }
    }

    private void Leave(Places places, bool hasPlace)
    {
        if (hasPlace)
        {
            places.Free.Release();
        }

        lock (_lock)
        {
            _all.Users--;
            if (--places.Users == 0)
            {
                _names.Remove(places.Name);
            }
        }
    }

    private sealed class Places(string name, int number)
    {
        public string Name => name;

        public SemaphoreSlim Free { get; } = new(number);

        /// <summary>The fetches under way and those that wait.</summary>
        public int Users { get; set; }
    }

    private sealed class Slot(FetchSlots slots, Places places) : IDisposable
    {
        public void Dispose()
        {
            slots._all.Free.Release();
            slots.Leave(places, hasPlace: true);
        }
    }
}
