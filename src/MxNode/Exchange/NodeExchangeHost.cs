using ThrottleNet.Protocol.Batches;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>The host of the exchange in a real node.</summary>
internal sealed class NodeExchangeHost(
    ExchangeInputs inputs, NodeLinks links, DialQueue dials, ExchangeStore store, FactLog facts, ExchangeMonitor monitor) : IExchangeHost
{
    public long Now => monitor.Now;

    public LinkId? Send(LinkId link, Frame frame)
    {
        var cutOff = links.Send(link, frame, out var octets);
        if (octets > 0)
        {
            monitor.Sent(octets, frame is DeliveryFrame);
        }

        return cutOff;
    }

    public void Drop(LinkId link) => links.Drop(link);

    public void Connect(string address) => dials.Add(address);

    public void StoreEpoch(ulong epoch) => store.StoreEpoch(epoch);

    public void StoreEviction(Member member, EquivocationProof proof) => store.StoreEviction(member, proof);

    public void Applying(ApplyBatch batch) => monitor.Lag(batch.Key.Origin, Now - batch.Time);

    public void Note(Fact fact) => facts.Note(fact);

    public void RunElsewhere<T>(Func<T> work, Action<T?> then)
        where T : class => Task.Run(async () =>
        {
            T? result = null;
            try
            {
                result = work();
            }
            catch (Exception e)
            {
                monitor.Failed(e);
            }

            await inputs.PostAsync((_, _) => then(result));
        });

    public void Failed(Exception failure) => monitor.Failed(failure);
}
