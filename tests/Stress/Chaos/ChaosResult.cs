using System.Globalization;

namespace ThrottleNet.Stress.Chaos;

/// <summary>What came out of a chaos run.</summary>
internal sealed record ChaosResult
{
    public required ChaosOptions Options { get; init; }

    /// <summary>How long it took, with the time until the senders had got rid of their messages.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Messages that were made.</summary>
    public required int Made { get; init; }

    /// <summary>Messages answered with 250.</summary>
    public required int Acknowledged { get; init; }

    /// <summary>Messages that arrived, each counted once.</summary>
    public required int Delivered { get; init; }

    /// <summary>Messages that were answered with 250 and did not arrive. The first hundred.</summary>
    public required IReadOnlyList<string> Lost { get; init; }

    /// <summary>Deliveries of a text that was not what the sender sent.</summary>
    public required int Damaged { get; init; }

    /// <summary>Further deliveries of messages that arrived more than once, by their cause.</summary>
    public required IReadOnlyDictionary<DoubleCause, int> Doubled { get; init; }

    /// <summary>What is known of the unexplained ones, a line each.</summary>
    public required IReadOnlyList<string> Unexplained { get; init; }

    /// <summary>Messages that their senders still have at the end.</summary>
    public required int Left { get; init; }

    public required int Retries { get; init; }

    /// <summary>Replies 5xx.</summary>
    public required IReadOnlyCollection<string> Refusals { get; init; }

    /// <summary>What nodes did that they should not.</summary>
    public required IReadOnlyList<string> Failures { get; init; }

    /// <summary>The number of faults of each kind.</summary>
    public required IReadOnlyDictionary<FaultKind, int> Faults { get; init; }

    /// <summary>Where the logs of nodes and next hops are; null when nothing in them is of interest.</summary>
    public string? Logs { get; init; }

    /// <summary>Faults that this machine does not allow, and why.</summary>
    public required IReadOnlyList<string> Impossible { get; init; }

    /// <summary>Nothing was lost, and nothing doubled without a reason.</summary>
    public bool IsClean =>
        Lost.Count == 0 && Damaged == 0 && Left == 0 && Refusals.Count == 0 && Failures.Count == 0 && Doubled.GetValueOrDefault(DoubleCause.Unexplained) == 0;

    /// <summary>The table at the end of a run.</summary>
    public override string ToString() => string.Join(Environment.NewLine, [
        Text($"seed {Options.Seed}, {Elapsed.TotalMinutes:0.0} minutes, {Retries:N0} attempts repeated"),
        "faults: " + string.Join(", ", Faults.OrderBy(f => f.Key).Select(f => Text($"{f.Key} {f.Value}"))),
        .. Impossible.Select(i => "not tried: " + i),
        Row("messages", Made),
        Row("acknowledged", Acknowledged),
        Row("delivered", Delivered),
        Row("lost", Lost.Count),
        Row("damaged", Damaged),
        Row("doubled", Doubled.Values.Sum()),
        Row("  the sender cut the connection", Doubled.GetValueOrDefault(DoubleCause.ConnectionCut)),
        Row("  a kill of the node raced the answer", Doubled.GetValueOrDefault(DoubleCause.NodeKilled)),
        Row("  a stop of the node raced the answer", Doubled.GetValueOrDefault(DoubleCause.NodeStopped)),
        Row("  the loss of the next hop raced its answer", Doubled.GetValueOrDefault(DoubleCause.HopLost)),
        Row("  unexplained", Doubled.GetValueOrDefault(DoubleCause.Unexplained)),
        Row("refused (5xx)", Refusals.Count),
        Row("still with their senders", Left),
        Row("failures of nodes", Failures.Count),
        .. Lost.Take(10).Select(l => "lost: " + l),
        .. Unexplained.Take(10).Select(u => "unexplained: " + u),
        .. Refusals.Distinct().Take(10).Select(r => "refused: " + r),
        .. Failures.Take(10).Select(f => "failure: " + f),
        .. Logs is null ? Array.Empty<string>() : ["logs: " + Logs],
    ]);

    private static string Row(string what, int count) => Text($"{what,-44}{count,12:N0}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
