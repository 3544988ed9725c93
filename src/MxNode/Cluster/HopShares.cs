using System.Net;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>
/// Leases this node's sessions with next hops from the cluster, and renews the leases each second. Without a valid lease (the grain has not been
/// asked yet, or does not answer) the node takes an equal part. Thread-safe.
/// </summary>
internal sealed class HopShares(NodeStart start, ShardCalls calls, ClusterLog log, RelayOptions relay, NodeHealth health)
    : PeriodicService("shares of next hops", RenewEvery, health), IHopShares
{
    private static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Validity = TimeSpan.FromMilliseconds(HopLeaseBook.Validity);

    // A next hop that the node has had no session with for this time is forgotten.
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(30);

    // A node asks for some more than it uses, so that it need not wait for a lease before each further session.
    private const int Ahead = 2;

    private readonly Lock _lock = new();
    private readonly Dictionary<IPEndPoint, HopShare> _shares = [];

    // The last number that the membership gave: while the silo is away, the other nodes still run.
    private int _nodes = 1;

    public event Action<IPEndPoint>? Renewed;

    public int Of(IPEndPoint endPoint, int inUse, int waiting)
    {
        var now = Time.GetTimestamp();
        lock (_lock)
        {
            if (!_shares.TryGetValue(endPoint, out var share))
            {
                _shares.Add(endPoint, share = new HopShare { UsedAt = now });
            }

            (share.InUse, share.Waiting) = (inUse, waiting);
            share.UsedAt = inUse + waiting > 0 ? now : share.UsedAt;
            return share.Lease is { } lease && Time.GetElapsedTime(share.LeasedAt, now) < Validity ? lease : Math.Max(1, relay.MaxSessions / _nodes);
        }
    }

    protected override async Task TickAsync(CancellationToken stopping)
    {
        var silo = calls.Silo;
        List<(IPEndPoint EndPoint, int Wanted, int InUse)> due = [];
        lock (_lock)
        {
            if (silo is not null)
            {
                _nodes = Math.Max(1, silo.Nodes.Count);
            }

            foreach (var (endPoint, share) in _shares.ToList())
            {
                if (share.InUse + share.Waiting == 0 && Time.GetElapsedTime(share.UsedAt) > Memory)
                {
                    _shares.Remove(endPoint);
                }
                else
                {
                    due.Add((endPoint, share.InUse + share.Waiting + Ahead, share.InUse));
                }
            }
        }

        await Task.WhenAll(due.Select(d => RenewAsync(silo, d.EndPoint, d.Wanted, d.InUse)));
    }

    private async Task RenewAsync(SiloLink? silo, IPEndPoint endPoint, int wanted, int inUse)
    {
        try
        {
            if (silo is not null)
            {
                await LeaseAsync(silo, endPoint, wanted, inUse);
            }
        }
        catch (Exception e)
        {
            log.CallFailed(e, $"a lease of sessions with {endPoint}");
        }

        // Also without a new lease: an earlier one may have ended, and an equal part may be more.
        Renewed?.Invoke(endPoint);
    }

    private async Task LeaseAsync(SiloLink silo, IPEndPoint endPoint, int wanted, int inUse)
    {
        var asked = Time.GetTimestamp();
        var lease = await silo.Grains.GetGrain<INextHopGrain>(endPoint.ToString()).LeaseAsync(start.Name, wanted, inUse, relay.MaxSessions, silo.Nodes.Count);
        lock (_lock)
        {
            if (_shares.TryGetValue(endPoint, out var share))
            {
                (share.Lease, share.LeasedAt) = (lease, asked);
            }
        }
    }
}
