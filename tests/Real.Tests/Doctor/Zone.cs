namespace ThrottleNet.Real.Tests.Doctor;

/// <summary>A domain that is wrong in one way, what the doctor says of it, and what really happens to its mail.</summary>
/// <param name="Name">The domain is NAME.test.</param>
/// <param name="Records">Its records, the lines of a zone file without the name, separated by semicolons.</param>
/// <param name="Level">The most severe level of the doctor's findings, as in JSON.</param>
/// <param name="Check">A check that has this level.</param>
/// <param name="Reply">The code of the relay's reply to RCPT.</param>
/// <param name="Outcome">What Postfix makes of a message to the domain at its first attempt: sent, deferred, bounced.</param>
internal sealed record Zone(string Name, string Records, string Level, string Check, int Reply, string Outcome)
{
    public string Domain => $"{Name}.test";

    public string Lines => string.Concat(Records.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(record => $"{Name} {record}\n"));

    public override string ToString() => $"{Name}: {Level} by {Check}, {Reply}, {Outcome}";
}
