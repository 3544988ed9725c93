namespace ThrottleNet.Real.Tests.Doctor;

/// <summary>A domain whose TLS policy is wrong in one way, what the doctor says of it, and what really happens to its mail.</summary>
/// <param name="Domain">One of the domains of the world.</param>
/// <param name="Policy">Its MTA-STS policy: mode and mail exchangers; null: none is published.</param>
/// <param name="Level">The most severe level of the doctor's findings about TLS policies, as in JSON.</param>
/// <param name="Check">A check that has this level.</param>
/// <param name="Reply">How the relay's reply to a client without a policy begins.</param>
/// <param name="Outcome">What becomes of the mail of a Postfix that follows DANE and MTA-STS: relayed, direct (past the relays), deferred.</param>
internal sealed record PolicyZone(string Domain, string? Policy, string Level, string Check, string Reply, string Outcome)
{
    /// <summary>The policy's text; null: none is published.</summary>
    public string? Text => Policy?.Split(' ') is [var mode, .. var exchanges] ? $"version: STSv1\nmode: {mode}\n{string.Concat(exchanges.Select(mx => $"mx: {mx}\n"))}max_age: 604800\n" : null;
}
