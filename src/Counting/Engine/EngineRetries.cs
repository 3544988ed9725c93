namespace ThrottleNet.Counting;

/// <summary>The retry memory that the nodes of a cluster share: a retry that comes to another node is known as one.</summary>
public static class EngineRetries
{
    /// <summary>The key of the envelopes' hashes.</summary>
    public static RetrySecret ReadRetrySecret(this CountingEngine engine) => engine.Retries.Key;

    /// <summary>Takes over the cluster's secret. What was remembered under another one is lost.</summary>
    public static void TakeRetrySecret(this CountingEngine engine, RetrySecret secret)
    {
        if (engine.Retries.Key != secret)
        {
            engine.Retries = engine.Retries.Emptied(secret with { Second = secret.Second | 1 });
        }
    }

    /// <summary>Takes over what another node of the cluster remembers of an envelope.</summary>
    public static void Remember(this CountingEngine engine, in RetryNote note, long now) => engine.Retries.Take(note, now);

    /// <summary>The whole memory: two words of the secret, the size, then the place and the content of each entry.</summary>
    public static ulong[] ReadRetries(this CountingEngine engine) => engine.Retries.Export();

    /// <summary>Takes over another node's memory, as <see cref="ReadRetries"/> gave it there, if it has the same secret and size.</summary>
    public static bool MergeRetries(this CountingEngine engine, ReadOnlySpan<ulong> words, long now) => engine.Retries.Merge(words, now);
}
