using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.TlsPolicy;

/// <summary>Bounds the fetches under way, in all and of one registered name, so that one zone's slow servers cannot take all. Thread-safe.</summary>
internal sealed class FetchSlots
{
    /// <summary>The most fetches under way.</summary>
    public const int Most = 32;

    /// <summary>The most of one registered name.</summary>
    public const int PerName = 2;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _names = [];
    private int _taken;

    /// <summary>Takes a slot, which is given back by disposing of it; null: there is none.</summary>
    /// <param name="domain">Canonical.</param>
    public IDisposable? TryTake(string domain)
    {
        var name = RegisteredName.Of(domain);
        lock (_lock)
        {
            var ofName = _names.GetValueOrDefault(name);
            if (_taken >= Most || ofName >= PerName)
            {
                return null;
            }

            _taken++;
            _names[name] = ofName + 1;
            return new Slot(this, name);
        }
    }

    private void Leave(string name)
    {
        lock (_lock)
        {
            _taken--;
            if (--_names[name] == 0)
            {
                _names.Remove(name);
            }
        }
    }

    private sealed class Slot(FetchSlots slots, string name) : IDisposable
    {
        public void Dispose() => slots.Leave(name);
    }
}
