using ThrottleNet.Protocol.Batches;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>The node that an <see cref="EffectExecutor"/> works on, real or simulated. Called only from the exchange's loop.</summary>
internal interface IExchangeHost
{
    /// <summary>The node's steady time in milliseconds: it never steps.</summary>
    public long Now { get; }

    /// <summary>Queues a frame on a link; ignored for a link that has ended. Never waits.</summary>
    /// <returns>A link that was cut because too many octets wait for its reader; null: none.</returns>
    public LinkId? Send(LinkId link, Frame frame);

    /// <summary>Closes a link after the frames that were sent before.</summary>
    public void Drop(LinkId link);

    /// <summary>Begins to connect to host:port; the outcome reaches the core as an input.</summary>
    public void Connect(string address);

    /// <summary>Stores the epoch of this node's batches.</summary>
    public void StoreEpoch(ulong epoch);

    /// <summary>Stores that a member equivocated, with the proof, for the next start.</summary>
    public void StoreEviction(Member member, EquivocationProof proof);

    /// <summary>Called before a batch is counted, for metrics.</summary>
    public void Applying(ApplyBatch batch);

    /// <summary>Logs a fact that the core reported.</summary>
    public void Note(Fact fact);

    /// <summary>Runs long work outside the loop, and then runs a continuation with its result in the loop.</summary>
    /// <param name="work">May run on another thread.</param>
    /// <param name="then">Gets the result; null if the work failed.</param>
    public void RunElsewhere<T>(Func<T> work, Action<T?> then)
        where T : class;

    /// <summary>An effect threw. A node logs the exception and continues, so that one fault does not end its exchange with all peers.</summary>
    public void Failed(Exception failure);
}
