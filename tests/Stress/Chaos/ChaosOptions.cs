namespace ThrottleNet.Stress.Chaos;

/// <summary>What a chaos run does.</summary>
/// <param name="Length">How long messages are made and faults happen, at most. Then everything works again, until the senders have got rid of their messages.</param>
/// <param name="Messages">The number of messages, at most.</param>
/// <param name="Seed">Decides which faults happen, when, and at which program.</param>
internal sealed record ChaosOptions(TimeSpan Length, int Messages, int Seed)
{
    /// <summary>All messages are spooled; else a quarter of them is. The faults are those that a queue must survive: kills, stops, resets and full disks.</summary>
    public bool Spools { get; init; }
}
