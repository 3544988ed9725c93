using System.Net;
using System.Threading.Channels;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.MxNode.Guard;

/// <summary>Unknown hosts that wait to be reported to the relays. Thread-safe. What does not fit is left out: a report is a help, not a duty.</summary>
internal sealed class StrangerReports(TimeProvider time)
{
    /// <summary>Addresses in one report.</summary>
    public const int Most = 50;

    private const int Waiting = 1000;

    /// <summary>A host's mails within this time are reported once.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(5);

    private readonly Channel<IPAddress> _addresses = Channel.CreateBounded<IPAddress>(new BoundedChannelOptions(Waiting) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Lock _lock = new();
    private readonly Dictionary<IpBlock, long> _reported = [];

    public void Add(IPAddress address)
    {
        lock (_lock)
        {
            var (block, now) = (IpBlock.Of(address), time.GetTimestamp());
            if (_reported.TryGetValue(block, out var last) && time.GetElapsedTime(last, now) < Pause)
            {
                return;
            }

            if (_reported.Count >= Waiting)
            {
                _reported.Clear();
            }

            _reported[block] = now;
        }

        _addresses.Writer.TryWrite(address);
    }

    /// <summary>Waits for the next addresses, at least one and at most <see cref="Most"/>.</summary>
    public async ValueTask<IReadOnlyList<IPAddress>> TakeAsync(CancellationToken cancel)
    {
        var taken = new List<IPAddress> { await _addresses.Reader.ReadAsync(cancel) };
        while (taken.Count < Most && _addresses.Reader.TryRead(out var address))
        {
            taken.Add(address);
        }

        return taken;
    }
}
