namespace ThrottleNet.MxNode.Throttle;

/// <summary>Tells when an attempt can be judged: what other nodes counted before it is known here.</summary>
internal interface IHoldGate
{
    /// <summary>Whether there is no node to wait for.</summary>
    public bool IsAlone { get; }

    /// <summary>Ends when an attempt can be judged; already ended if it is not known. The caller waits for the hold at most.</summary>
    /// <param name="batch">As <see cref="Counting.Attempt.Batch"/> of the attempt.</param>
    public Task WhenComplete(ulong batch);
}
