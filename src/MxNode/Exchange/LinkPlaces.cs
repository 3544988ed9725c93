using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>Limits the calls that other nodes may have open, so that one node cannot keep the exchange busy with links that fail at once. Thread-safe.</summary>
internal sealed class LinkPlaces
{
    /// <summary>The most calls of one node: a link, its successor, and calls that are ending.</summary>
    public const int Each = 4;

    /// <summary>The most calls of all nodes. The exchange has 64 links and closes further ones with a goodbye.</summary>
    public const int InAll = 256;

    private readonly Lock _lock = new();
    private readonly Dictionary<OriginId, int> _taken = [];
    private int _all;

    /// <summary>Takes a place; false when none is free. After true the caller must call <see cref="Leave"/>.</summary>
    public bool TryTake(OriginId origin)
    {
        lock (_lock)
        {
            var taken = _taken.GetValueOrDefault(origin);
            if (taken >= Each || _all >= InAll)
            {
                return false;
            }

            _taken[origin] = taken + 1;
            _all++;
            return true;
        }
    }

    public void Leave(OriginId origin)
    {
        lock (_lock)
        {
            _all--;
            if (--_taken[origin] == 0)
            {
                _taken.Remove(origin);
            }
        }
    }
}
