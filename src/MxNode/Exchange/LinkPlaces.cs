using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>How many calls other nodes may have open, so that one of them cannot keep the exchange busy with links that come to nothing. Thread-safe.</summary>
internal sealed class LinkPlaces
{
    /// <summary>Of one node: a link, its successor, and what is about to end.</summary>
    public const int Each = 4;

    /// <summary>In all: the exchange has 64 links, and says goodbye to more.</summary>
    public const int InAll = 256;

    private readonly Lock _lock = new();
    private readonly Dictionary<OriginId, int> _taken = [];
    private int _all;

    /// <summary>False when there is none left; else <see cref="Leave"/> is to follow.</summary>
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
