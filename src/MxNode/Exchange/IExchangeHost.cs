using ThrottleNet.Protocol.Batches;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>What an <see cref="EffectExecutor"/> needs from the node that it runs in, a real one or a simulated one. Called only from the exchange's loop.</summary>
internal interface IExchangeHost
{
    /// <summary>The node's time, milliseconds since 1970.</summary>
    public long Now { get; }

    /// <summary>Queues a frame on a link; ignored for a link that has ended. Never waits.</summary>
    /// <returns>A link that was cut off because too much waits for its reader; null for none.</returns>
    public LinkId? Send(LinkId link, Frame frame);

    /// <summary>Closes a link after the frames that were sent before.</summary>
    public void Drop(LinkId link);

    /// <summary>Begins to connect to host:port; the core is told of the outcome by an input.</summary>
    public void Connect(string address);

    /// <summary>Stores the epoch of this node's batches.</summary>
    public void StoreEpoch(ulong epoch);

    /// <summary>Stores that a member equivocated, with the proof, for the next start.</summary>
    public void StoreEviction(Member member, EquivocationProof proof);

    /// <summary>A batch is about to be counted; for metrics.</summary>
    public void Applying(ApplyBatch batch);

    /// <summary>Logs what happened.</summary>
    public void Note(Fact fact);

    /// <summary>Runs long work outside the loop, and then a continuation as an input of the loop.</summary>
    /// <param name="work">May run on another thread.</param>
    /// <param name="then">Gets the result; null if the work failed.</param>
    public void RunElsewhere<T>(Func<T> work, Action<T?> then)
        where T : class;

    /// <summary>An effect threw. A node logs it and goes on: one fault must not silence it towards all its peers.</summary>
    public void Failed(Exception failure);
}
