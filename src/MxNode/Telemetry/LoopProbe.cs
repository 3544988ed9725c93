namespace ThrottleNet.MxNode.Telemetry;

/// <summary>A loop that the node cannot do without, and how to ask whether it runs.</summary>
/// <param name="Name">The loop's name, for the log.</param>
/// <param name="AnswerAsync">Queues an input that does nothing; ends when the loop has handled it.</param>
internal sealed record LoopProbe(string Name, Func<Task> AnswerAsync);
