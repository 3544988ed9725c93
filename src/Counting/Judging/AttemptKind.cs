namespace ThrottleNet.Counting;

/// <summary>What an attempt costs its host.</summary>
public enum AttemptKind : byte
{
    /// <summary>A new envelope: one unit.</summary>
    New,

    /// <summary>A retry sooner than the reply asked for: <see cref="CountingLimits.RetryWeight"/>, and one unit in all when it passes.</summary>
    Impatient,

    /// <summary>A retry no sooner than the reply asked for: nothing until it passes, then one unit.</summary>
    Patient,

    /// <summary>A retry of an envelope that passed before and was not delivered, because the next hop deferred it: <see cref="CountingLimits.RetryWeight"/> and no more.</summary>
    Undelivered,

    /// <summary>A further recipient of a transaction, or an impatient retry, while the host is over its limit: nothing, unless it passes after all (because only others report the host): then one unit.</summary>
    Beside,
}
