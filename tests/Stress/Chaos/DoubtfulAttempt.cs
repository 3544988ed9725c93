namespace ThrottleNet.Stress.Chaos;

/// <summary>An attempt to send a message in which the sender sent the final dot and got no 250: the message may be there nevertheless.</summary>
/// <param name="Node">The number of the node.</param>
/// <param name="Hop">The number of the next hop.</param>
/// <param name="DotAt">The moment before the final dot was sent, since the begin of the run.</param>
/// <param name="EndAt">The moment when the sender gave up.</param>
/// <param name="IsCut">The sender cut the connection itself.</param>
/// <param name="Answer">The negative reply; empty where the connection ended without one.</param>
internal sealed record DoubtfulAttempt(int Number, int Attempt, int Node, int Hop, TimeSpan DotAt, TimeSpan EndAt, bool IsCut, string Answer);
