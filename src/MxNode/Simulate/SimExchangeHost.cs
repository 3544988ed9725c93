using ThrottleNet.MxNode.Exchange;
using ThrottleNet.Protocol.Batches;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.MxNode.Simulate;

/// <summary>The simulated node around its exchange.</summary>
internal sealed class SimExchangeHost(SimNetwork network, SimNode node) : IExchangeHost
{
    // The time that a walk through a ledger's rows takes, milliseconds.
    private const int GatherTime = 200;

    public long Now => node.Clock.Now;

    public LinkId? Send(LinkId link, Frame frame)
    {
        network.Send(node, link.Value, frame);
        return null;
    }

    public void Drop(LinkId link) => network.CloseLink(node, link.Value);

    public void Connect(string address) => network.Connect(node, address);

    public void StoreEpoch(ulong epoch)
    {
        // Its lives are its epochs.
    }

    public void StoreEviction(Member member, EquivocationProof proof) => network.Statistics.Evictions++;

    public void Applying(ApplyBatch batch) => network.Statistics.Apply(batch.Key, batch.Counts.Count, network.Now);

    public void Note(Fact fact) => network.Statistics.Note(fact);

    public void RunElsewhere<T>(Func<T> work, Action<T?> then)
        where T : class
    {
        var (life, result) = (node.Life, work());
        network.At(network.Now + GatherTime, () =>
        {
            if (node.IsUp && node.Life == life)
            {
                then(result);
                node.Executor.Drain(node.Core);
            }
        });
    }

    public void Failed(Exception failure) => throw new InvalidOperationException($"node {node.Index}: an effect failed", failure);
}
