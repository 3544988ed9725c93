using ThrottleNet.Counting.Batches;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting;

/// <summary>
/// Counts the recipients that hosts with a trusted quota use of it, in the whole network and apart from all other counts. Thread-safe.
/// A recipient that finds the quota used up is not counted here: otherwise a queue of retries would keep the quota used up.
/// </summary>
/// <param name="shared">Takes the counts to other nodes; null on a node that shares none.</param>
public sealed class TrustedQuota(CountingEngine engine, ISharedCounts? shared = null)
{
    /// <summary>Counts one recipient against the quota; null when the quota is used up, and the recipient is to be registered like an untrusted host's.</summary>
    /// <param name="perHour">Recipients an hour, in the whole network; half of it may come at once.</param>
    public Attempt? Register(IpBlock host, int perHour, long now)
    {
        var quota = host.Quota;
        if (Evident(engine.Read(quota, now)) >= perHour)
        {
            return null;
        }

        var before = engine.Ledger.AddOwn(quota, 1, now).Before;
        var batch = shared?.Add(quota) ?? 0;
        return new Attempt(quota, 0, ToPostmaster: false, before, batch) { Order = shared?.OrderOf(batch) };
    }

    /// <summary>
    /// Whether an attempt counted by <see cref="Register"/> is within the quota after the hold. Of other nodes' reports only the
    /// corroborated part counts: no liar takes a host's trust away.
    /// </summary>
    public bool IsWithin(in Attempt attempt, int perHour, long now) =>
        Evident((attempt.Order?.Known ?? engine.Read(attempt.Host, now)) with { Own = attempt.Before.Own }) < perHour;

    /// <summary>Recipients an hour that a host has sent by its quota.</summary>
    public float PerHour(IpBlock host, long now) => Evident(engine.Read(host.Quota, now));

    // With so few operators that no report is trimmed, the reports of all count: otherwise a host could use its whole quota at each operator.
    private float Evident(in BlockCounts counts) => engine.Ledger.Rules.LeftOut == 0 ? counts.PerHour : counts.Evident().PerHour;
}
