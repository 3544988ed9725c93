using System.Net;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Configuration;

namespace ThrottleNet.MxNode.Relay;

/// <summary>
/// Decides whether this relay leaves the magic name, because destinations refuse it for its own name. Destinations are told apart by region
/// (/16, IPv6 /32), and of each only the last answer counts: one operator with many host names is one destination. A node that is out gets
/// little mail, so refusals also end by time. Thread-safe, bounded.
/// </summary>
internal sealed class NameRule(Live<RelayOptions> options, TimeProvider clock)
{
    /// <summary>Regions remembered; then the oldest answer is forgotten.</summary>
    public const int MostRegions = 4096;

    // The share of the destinations that must refuse: one in so many.
    private const int Share = 4;

    private readonly Lock _lock = new();
    private readonly Dictionary<IpBlock, (DateTimeOffset At, bool Refused)> _regions = [];

    /// <summary>Notes a destination's answer.</summary>
    /// <param name="hop">The next hop's address.</param>
    /// <param name="refused">It refused this relay for its name; false: it took a recipient or a message.</param>
    public void Note(IPAddress hop, bool refused)
    {
        var region = IpBlock.Of(hop).Region;
        lock (_lock)
        {
            if (_regions.Count >= MostRegions && !_regions.ContainsKey(region))
            {
                _regions.Remove(_regions.MinBy(pair => pair.Value.At).Key);
            }

            _regions[region] = (clock.GetUtcNow(), refused);
        }
    }

    /// <summary>Whether <see cref="RelayOptions.LeaveNameAt"/> destinations, and a quarter of those called, refuse this relay.</summary>
    public bool ShouldLeave()
    {
        if (options.Current.LeaveNameAt == 0)
        {
            return false;
        }

        lock (_lock)
        {
            var since = clock.GetUtcNow() - options.Current.LeaveNameFor;
            var recent = _regions.Values.Where(answer => answer.At > since).ToList();
            var refusing = recent.Count(answer => answer.Refused);
            return refusing >= options.Current.LeaveNameAt && refusing * Share >= recent.Count;
        }
    }
}
