using ThrottleNet.Counting;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>The cluster whose gateway this node is, as the exchange sees it. Called only from the exchange's loop; the answers are inputs of the core.</summary>
internal interface IBatchOrder
{
    /// <summary>Orders and counts a batch; <see cref="ExchangeCore.Ordered"/> answers.</summary>
    public void Order(ApplyBatch batch);

    /// <summary>The hold of own batches up to this number is complete.</summary>
    public void HoldCompleted(ulong number);

    /// <summary>
    /// Reads rows for a neighbour's snapshot, less the cluster's counts that no batch of this exchange carries yet. There is no answer while the
    /// difference is not known exactly: the neighbour asks again later.
    /// </summary>
    /// <param name="read">Reads the rows; called from another thread.</param>
    /// <param name="supply">Gets the result as an input of the core, after all batches of the cluster that the rows contain were inputs.</param>
    public void ReadSnapshot(Func<IReadOnlyList<SnapshotRow>> read, Action<ExchangeCore, long, IReadOnlyList<SnapshotRow>> supply);

    /// <summary>Raises this node's counts to a peers' snapshot, and applies none of its batches again when the cluster orders them.</summary>
    public void TakeSnapshot(ApplySnapshot snapshot);

    /// <summary>The state of the links with other operators, after each input.</summary>
    /// <param name="linked">A neighbour of another operator is live.</param>
    /// <param name="alone">There is no node of another operator to wait for.</param>
    public void Linked(bool linked, bool alone);
}
