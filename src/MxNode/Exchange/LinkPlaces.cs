using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>Limits the calls that other nodes have open, so that one node cannot occupy the exchange with links that it does not use. Thread-safe.</summary>
internal sealed class LinkPlaces
{
    /// <summary>Calls of one node: a link, its successor, and links that are about to end.</summary>
    public const int Each = 4;

    /// <summary>Calls in all. The exchange has 64 links, and says goodbye to more.</summary>
    public const int InAll = 256;

    private readonly Lock _lock = new();
    private readonly Dictionary<OriginId, int> _taken = [];
    private int _all;

    /// <summary>Takes a place, which <see cref="Leave"/> gives back; false when there is none.</summary>
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
