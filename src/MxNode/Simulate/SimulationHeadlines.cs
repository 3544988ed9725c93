using System.Globalization;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Simulate;

/// <summary>One line of the outcome.</summary>
internal readonly record struct Headline(string What, string Value);

/// <summary>The outcome in a dozen lines, for the table and for the picture.</summary>
internal static class SimulationHeadlines
{
    /// <param name="options">If it asks for clusters, each node of the simulated exchange is the gateway of one, and the headlines call it so.</param>
    /// <param name="result">The outcome.</param>
    public static IReadOnlyList<Headline> Of(SimulationOptions options, SimulationResult result) => Of(options.NodesEach > 1 ? "gateway" : "node", result);

    private static IReadOnlyList<Headline> Of(string node, SimulationResult result) =>
    [
        new($"time to 50 % of {node}s", TimeTo(result, 50)),
        new($"time to 90 % of {node}s", TimeTo(result, 90)),
        new($"time to 99 % of {node}s", TimeTo(result, 99)),
        new("99 %, slowest batch in a hundred", result.Batches == 0 ? "never" : Text($"{result.WorstTime99} ms")),
        new("99 %, from the first attempt in it", result.Batches == 0 ? "never" : Text($"{result.CountedTime99} ms")),
        new("99 %, if all were linked directly", Text($"{result.DirectTime99} ms")),
        new("batches that missed 99 %", Text($"{result.Unfinished}")),
        new($"payload copies a {node}", Text($"{result.CopiesPerNode:0.00}")),
        new($"bytes per {node} and second", Text($"{result.OctetsPerNodeSecond:0}")),
        new($"bytes per entry and {node}", Text($"{result.OctetsPerEntry:0}")),
        new("leak (limit of one sender)", Text($"{result.Leaked} of {result.Sprayed} ({result.Limit})")),
        new("wrongly deferred", Text($"{result.WronglyDeferred} of {result.Innocent}")),
        new("wrongly refused", Text($"{result.WronglyRefused} of {result.Innocent}")),
    ];

    /// <summary>What the words of <see cref="Of"/> mean.</summary>
    public const string Legend = """
        batch    what a node reports to the others about once a second: which hosts have tried how many recipients
        99 %     the time after which 99 % of the nodes have counted a batch, so that they judge its hosts alike
        leak     messages of the spraying host that passed; in brackets how many one sender may send at once
        wrongly  messages of innocent hosts that were deferred or refused
        """;

    /// <summary>The network and its troubles, in a few words each.</summary>
    public static IReadOnlyList<string> Describe(SimulationOptions options)
    {
        var conditions = options.Conditions;
        var parts = new List<string>
        {
            options.NodesEach > 1 ? $"{Plural.Of(options.Nodes, "cluster")} of {Plural.Of(options.NodesEach, "node")}, one gateway each" : $"{Plural.Of(options.Nodes, "node")} of {Plural.Of(options.Operators, "operator")}",
            Text($"seed {options.Seed}"),
            Text($"{conditions.LeastLatency}-{conditions.MostLatency} ms between two nodes"),
        };
        Add(conditions.Loss > 0, $"{conditions.Loss * 100:0.##} % of packets lost and sent again");
        Add(conditions.Drop > 0, $"{conditions.Drop * 100:0.##} % of frames lost for good");
        Add(conditions.Duplicate > 0, $"{conditions.Duplicate * 100:0.##} % of frames twice");
        Add(conditions.Reorder > 0, $"reordered by {conditions.Reorder} ms");
        Add(options.Crashes > 0, $"{options.Crashes} {(options.Crashes == 1 ? "node crashes" : "nodes crash")}");
        Add(options.Partition > 0, $"a third of the nodes cut off for {options.Partition} s");
        Add(options.Liars > 0, $"{options.Liars} {(options.Liars == 1 ? "operator lies" : "operators lie")}");
        Add(options.Skew > 0, $"clocks ±{options.Skew} ms");
        Add(true, $"hold {options.Hold} ms");
        return parts;

        void Add(bool applies, FormattableString part)
        {
            if (applies)
            {
                parts.Add(FormattableString.Invariant(part));
            }
        }
    }

    private static string TimeTo(SimulationResult result, int percent) =>
        result.MedianTimes.Count >= percent ? Text($"{result.MedianTimes[percent - 1]} ms") : "never";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
