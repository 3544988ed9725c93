using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting.Batches;

/// <summary>Takes what this node counts to other nodes: <see cref="Outbox"/> to those of other operators, the cluster's to those of the same one.</summary>
public interface ISharedCounts
{
    /// <summary>The number of the last attempt counted so far; 0 if a number says nothing about earlier attempts.</summary>
    public ulong CountedSeq { get; }

    /// <summary>Counts a new attempt.</summary>
    /// <returns>A number to wait for, see <see cref="Attempt.Batch"/>.</returns>
    public ulong Add(IpBlock host);

    /// <summary>Counts a patient retry.</summary>
    /// <returns>As <see cref="Add"/>.</returns>
    public ulong AddRetry(IpBlock host);

    /// <summary>Charges quarters of a unit to a host alone, not to its site and region.</summary>
    public void AddCharge(IpBlock host, uint quarters);

    /// <summary>Counts a recipient that does not exist, as the destination answered.</summary>
    public void AddBadRecipient(IpBlock host);

    /// <summary>Takes what this node remembers of an envelope to the nodes that share its retry memory: those of its cluster.</summary>
    public void Remember(in RetryNote note);

    /// <summary>The place of an attempt in an order; null where attempts have none.</summary>
    /// <param name="attempt">As <see cref="Add"/> or <see cref="AddRetry"/> gave it.</param>
    public AttemptOrder? OrderOf(ulong attempt);
}
