using System.Net;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>
/// Leases this node's sessions with next hops from the cluster, and renews the leases each second, and at once when transactions wait. Without a valid
/// lease (the grain has not been asked yet, or does not answer) the node takes an equal part. One session it may always have. Thread-safe.
/// </summary>
internal sealed class HopShares(NodeStart start, ShardCalls calls, ClusterLog log, RelayOptions relay, NodeHealth health)
    : PeriodicService("shares of next hops", RenewEvery, health), IHopShares
{
    private static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Validity = TimeSpan.FromMilliseconds(HopLeaseBook.Validity);

    // A next hop that the node has had no session with for this time is forgotten.
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(30);

    // A node that uses sessions asks for some more, so that it need not wait for a lease before each further one.
    private const int Ahead = 2;

    private readonly Lock _lock = new();
    private readonly Dictionary<IPEndPoint, HopShare> _shares = [];

    // The last number that the membership gave: while the silo is away, the other nodes still run.
    private int _nodes = 1;

    public event Action<IPEndPoint>? Renewed;

    public int Of(IPEndPoint endPoint)
    {
        lock (_lock)
        {
            return Of(_shares.GetValueOrDefault(endPoint));
        }
    }

    public void Report(IPEndPoint endPoint, int inUse, int wanted)
    {
        lock (_lock)
        {
            if (!_shares.TryGetValue(endPoint, out var share))
            {
                _shares.Add(endPoint, share = new HopShare());
            }

            share.Note(inUse, wanted, Time.GetTimestamp());
            if (share.TryAsk(Of(share)))
            {
                ThreadPool.UnsafeQueueUserWorkItem(_ => _ = RenewAsync(endPoint), null); // the caller may have a lock
            }
        }
    }

    protected override async Task TickAsync(CancellationToken stopping)
    {
        List<IPEndPoint> due = [];
        lock (_lock)
        {
            if (calls.Silo is { } silo)
            {
                _nodes = Math.Max(1, silo.Nodes.Count);
            }

            foreach (var (endPoint, share) in _shares.ToList())
            {
                if (share.Wanted == 0 && Time.GetElapsedTime(share.UsedAt) > Memory)
                {
                    _shares.Remove(endPoint);
                }
                else
                {
                    due.Add(endPoint);
                }
            }
        }

        await Task.WhenAll(due.Select(RenewAsync));
        lock (_lock)
        {
            foreach (var share in _shares.Values)
            {
                share.BeginPeriod();
            }
        }
    }

    private async Task RenewAsync(IPEndPoint endPoint)
    {
        try
        {
            if (calls.Silo is { } silo && Find(endPoint) is { } share)
            {
                await LeaseAsync(silo, endPoint, share);
            }
        }
        catch (Exception e)
        {
            log.CallFailed(e, $"a lease of sessions with {endPoint}");
        }

        // Also without a new lease: an earlier one may have ended, and an equal part may be more.
        Renewed?.Invoke(endPoint);
    }

    private int Of(HopShare? share) =>
        Math.Max(1, share is { Lease: { } lease } && Time.GetElapsedTime(share.LeasedAt) < Validity ? lease : relay.MaxSessions / _nodes);

    private HopShare? Find(IPEndPoint endPoint)
    {
        lock (_lock)
        {
            return _shares.GetValueOrDefault(endPoint);
        }
    }

    private async Task LeaseAsync(SiloLink silo, IPEndPoint endPoint, HopShare share)
    {
        var at = Time.GetTimestamp();
        int asked, inUse;
        lock (_lock)
        {
            (asked, inUse) = (share.Peak > 0 ? share.Peak + Ahead : 0, share.InUse);
        }

        var lease = await silo.Grains.GetGrain<INextHopGrain>(endPoint.ToString()).LeaseAsync(start.Name, asked, inUse, relay.MaxSessions, silo.Nodes.Count);
        lock (_lock)
        {
            share.Answered(asked, lease, at);
        }
    }
}
