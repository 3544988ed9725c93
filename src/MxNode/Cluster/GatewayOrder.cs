using ThrottleNet.Cluster.Gateways;
using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Nodes;
using ThrottleNet.Counting;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>
/// Joins a gateway's exchange with its cluster: other operators' batches go to the cluster's loop, and what that orders, promises and publishes goes
/// to the exchange's core. The second half is accessed only from the cluster's loop.
/// </summary>
internal sealed class GatewayOrder(ClusterInputs cluster, ExchangeInputs exchange, CredentialStore credentials, StrangerWatch strangers) : IBatchOrder
{
    private readonly Dictionary<PeerBatchKey, ApplyBatch> _unordered = [];
    private GatewayLinks _links = new(Linked: false, Alone: true);

    // A node that joins anew numbers its batches from 1 again; the exchange goes on with the number after the last.
    private ulong _before;
    private ulong _last;
    private bool _owesPromise;
    private IReadOnlyList<SnapshotRow> _snapshot = [];

    /// <summary>The origin of this node's batches, as text.</summary>
    public string Origin => credentials.Initial.Self.Origin.ToString();

    public void Order(ApplyBatch batch) => cluster.Post(loop => loop.Receive(batch));

    public void HoldCompleted(ulong number) => cluster.Post(loop => loop.HoldCompleted(number));

    public void Linked(bool linked, bool alone)
    {
        var links = new GatewayLinks(linked, alone);
        if (links != _links)
        {
            _links = links;
            cluster.Post(loop => loop.SetLinks(links));
        }
    }

    public void ReadSnapshot(Func<IReadOnlyList<SnapshotRow>> read, Action<ExchangeCore, long, IReadOnlyList<SnapshotRow>> supply) =>
        cluster.Post(loop => loop.ReadSnapshot(read, supply));

    /// <summary>Answers <see cref="ReadSnapshot(Func{IReadOnlyList{SnapshotRow}}, Action{ExchangeCore, long, IReadOnlyList{SnapshotRow}})"/>.</summary>
    /// <returns>False while there is no exact answer.</returns>
    public bool TryReadSnapshot(
        Gateway gateway, long now, Func<IReadOnlyList<SnapshotRow>> read, Action<ExchangeCore, long, IReadOnlyList<SnapshotRow>> supply)
    {
        if (gateway.UnreportedCounts(now) is not { } unreported)
        {
            return false;
        }

        var rows = SnapshotRows.Without(read(), unreported);
        Post((core, time) => supply(core, time, rows));
        return true;
    }

    public void TakeSnapshot(ApplySnapshot snapshot) => cluster.Post(loop => loop.TakeSnapshot(snapshot));

    /// <summary>A peers' snapshot came; its rows are <see cref="TakeRows"/> when they may be used.</summary>
    public void TakeSnapshot(Gateway gateway, long now, ApplySnapshot snapshot)
    {
        _snapshot = snapshot.Rows;
        gateway.TakeSnapshot(
            now, [.. snapshot.Ranges.Select(r => new PeerBatchRange(new UInt128(r.Origin.High, r.Origin.Low), r.Epoch, r.Contiguous, [.. r.SeqsBeyond()]))]);
    }

    /// <summary>The rows of the last snapshot.</summary>
    public IReadOnlyList<SnapshotRow> TakeRows()
    {
        var rows = _snapshot;
        _snapshot = [];
        return rows;
    }

    /// <summary>The node joins anew: what waited for an order is pushed again.</summary>
    public void Begin(Gateway gateway, long now)
    {
        (_before, _owesPromise) = (_last, true);
        foreach (var batch in _unordered.Values.ToList())
        {
            Receive(gateway, now, batch);
        }
    }

    /// <summary>Pushes another operator's batch.</summary>
    public void Receive(Gateway gateway, long now, ApplyBatch batch)
    {
        NoteStranger(now, batch);
        var key = new PeerBatchKey(new UInt128(batch.Key.Origin.High, batch.Key.Origin.Low), batch.Key.Epoch, batch.Key.Seq);
        _unordered[key] = batch;
        if (!gateway.TryReceive(now, key, batch.Operator, batch.Time, batch.Counts))
        {
            cluster.Post(loop => loop.Receive(batch));
        }
    }

    /// <summary>The hold of own batches is complete.</summary>
    public void HoldCompleted(Gateway gateway, long now, ulong number)
    {
        if (number > _before)
        {
            gateway.HoldCompleted(now, number - _before);
        }
    }

    /// <summary>The cluster has a batch in its order.</summary>
    public void Ordered(Gateway gateway, long now, PeerBatchKey key)
    {
        if (!_unordered.Remove(key, out var batch))
        {
            return;
        }

        var promise = PromiseOf(gateway, now);
        _owesPromise = promise is null;
        Post((core, time) => core.Ordered(time, batch.Key, promise));
    }

    /// <summary>Gives the promise that acknowledgements wait for, as soon as there is one.</summary>
    public void Tick(Gateway gateway, long now)
    {
        strangers.Tick(now);
        if (_owesPromise && PromiseOf(gateway, now) is { } promise)
        {
            _owesPromise = false;
            Post((core, time) => core.Promise(time, promise));
        }
    }

    /// <summary>Publishes a batch of the cluster.</summary>
    public void Publish(PublishBatch batch)
    {
        var number = _last = batch.Seq + _before;
        Post((core, time) => core.Publish(time, number, batch.Counts));
    }

    private void NoteStranger(long now, ApplyBatch batch)
    {
        var self = credentials.Initial.Self;
        if (batch.Operator == self.Operator && batch.Key.Origin != self.Origin)
        {
            strangers.Note(batch.Key.Origin, now);
        }
    }

    private ulong? PromiseOf(Gateway gateway, long now) => gateway.TryPromise(now, out var seq) ? seq + _before : null;

    private void Post(Action<ExchangeCore, long> input) => _ = exchange.PostAsync(input).AsTask();
}
