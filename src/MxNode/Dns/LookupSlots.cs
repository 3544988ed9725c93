using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Dns;

/// <summary>
/// Bounds the look-ups under way, in all and of one registered name, so that one zone's slow servers cannot take all. Further ones wait, in their order.
/// Thread-safe.
/// </summary>
/// <param name="most">The most under way.</param>
/// <param name="perName">The most under way of one registered name.</param>
/// <param name="waitingPerName">The most of one registered name that wait. A zone's owner has names without end.</param>
/// <param name="mostWaiting">The most that wait, of all names.</param>
internal sealed class LookupSlots(int most, int perName, int waitingPerName, int mostWaiting)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Places> _names = [];
    private readonly Places _all = new("", most);

    /// <summary>Waits for a slot, which is given back by disposing of it; null: there is none, because too many wait.</summary>
    /// <param name="name">Canonical.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public async Task<IDisposable?> TakeAsync(string name, CancellationToken cancel)
    {
        if (Enter(RegisteredName.Of(name)) is not { } places)
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
            if (_all.Users >= (long)most + mostWaiting || known?.Users >= (long)perName + waitingPerName)
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

        /// <summary>Those under way and those that wait.</summary>
        public int Users { get; set; }
    }

    private sealed class Slot(LookupSlots slots, Places places) : IDisposable
    {
        public void Dispose()
        {
            slots._all.Free.Release();
            slots.Leave(places, hasPlace: true);
        }
    }
}
