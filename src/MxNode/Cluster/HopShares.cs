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

    private readonly Lock _lock = new();
    private readonly Dictionary<IPEndPoint, HopShare> _shares = [];

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
            if (share.AskForMore(share.Lease is null ? 0 : Of(share)) is { } asked)
            {
                ThreadPool.UnsafeQueueUserWorkItem(_ => _ = RenewAsync(endPoint, share, asked, inUse), null); // the caller may have a lock
            }
        }
    }

    protected override async Task TickAsync(CancellationToken stopping)
    {
        List<(IPEndPoint EndPoint, HopShare Share, int Asked, int InUse)> due = [];
        lock (_lock)
        {
            foreach (var (endPoint, share) in _shares.ToList())
            {
                if (share.Wanted == 0 && Time.GetElapsedTime(share.UsedAt) > Memory)
                {
                    _shares.Remove(endPoint);
                }
                else if (share.Ask() is { } asked)
                {
                    due.Add((endPoint, share, asked, share.InUse));
                }

                share.BeginPeriod();
            }
        }

        await Task.WhenAll(due.Select(d => RenewAsync(d.EndPoint, d.Share, d.Asked, d.InUse)));
    }

    private async Task RenewAsync(IPEndPoint endPoint, HopShare share, int asked, int inUse)
    {
        var at = Time.GetTimestamp();
        int? lease = null;
        try
        {
            if (calls.Silo is { } silo)
            {
                lease = await silo.NextHop(endPoint).LeaseAsync(start.Name, asked, inUse, relay.MaxSessions, silo.Nodes.Count);
            }
        }
        catch (Exception e)
        {
            log.CallFailed(e, $"a lease of sessions with {endPoint}");
        }

        lock (_lock)
        {
            share.Answered(asked, lease, at);
        }

        // Also without a new lease: an earlier one may have ended, and an equal part may be more.
        Renewed?.Invoke(endPoint);
    }

    // The last number of nodes that the membership gave counts: while the silo is away, the other nodes still run.
    private int Of(HopShare? share)
    {
        _nodes = calls.Silo is { Nodes.Count: > 0 and var nodes } ? nodes : _nodes;
        return Math.Max(1, share is { Lease: { } lease } && Time.GetElapsedTime(share.LeasedAt) < Validity ? lease : relay.MaxSessions / _nodes);
    }
}
