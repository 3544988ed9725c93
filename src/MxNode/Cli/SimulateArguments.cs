using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using ThrottleNet.MxNode.Simulate;

namespace ThrottleNet.MxNode.Cli;

/// <summary>The options of <c>simulate</c>, each with its bounds, and the simulation that they ask for.</summary>
internal sealed class SimulateArguments
{
    // Twice the largest network that was measured; every node keeps state for each origin.
    private const int MaxNodes = 20_000;

    // Events lie at most half a minute ahead, and a handshake takes four ways: see EventRing.
    private const int MaxLatency = 2000;
    private const int MaxHold = 60_000;
    private const int MaxSkew = 3_600_000;
    private const int MaxSeconds = 3600;

    // As many innocent hosts as the simulation has addresses for, and more messages than a machine can simulate.
    private const int MaxHosts = 1 << 22;
    private const int MaxMessages = 1_000_000;

    private static readonly SimulationOptions Defaults = new();

    private readonly Option<int> _nodes = Whole("--nodes", "NUMBER", "Nodes in the network.", 2, MaxNodes, Defaults.Nodes);
    private readonly Option<int> _clusters = Whole("--clusters", "NUMBER", "Clusters that the nodes form, one of each operator: in the exchange each is one gateway. [default: none]", 2, MaxNodes);
    private readonly Option<int> _operators = Whole("--operators", "NUMBER", $"Operators, who have about as many nodes each. [default: {Defaults.Operators}, or one a node in a smaller network]", 1, MaxNodes);
    private readonly Option<int> _seed = Whole("--seed", "NUMBER", "The same seed with the same options gives the same simulation. [default: a new seed each time, printed]", 0, int.MaxValue);
    private readonly Option<int> _seconds = Whole("--seconds", "S", "Simulated seconds.", 1, MaxSeconds, Defaults.Seconds);
    private readonly Option<Latency> _latency = LatencyOption();
    private readonly Option<double> _loss = Percent("--loss", "Packets that are lost and sent again by TCP.");
    private readonly Option<double> _drop = Percent("--drop", "Frames that are lost for good (TCP never does this).");
    private readonly Option<double> _duplicate = Percent("--duplicate", "Frames that arrive twice.");
    private readonly Option<int> _reorder = Whole("--reorder", "MS", "Frames may overtake each other by up to this time.", 0, MaxLatency, Defaults.Conditions.Reorder);
    private readonly Option<int> _crashes = Whole("--crashes", "NUMBER", "Nodes that crash, and start again ten seconds later.", 0, MaxNodes, Defaults.Crashes);
    private readonly Option<int> _partition = Whole("--partition", "S", "Seconds for which a third of the nodes cannot reach the others.", 0, MaxSeconds, Defaults.Partition);
    private readonly Option<int> _liars = Whole("--liars", "NUMBER", "Operators that lie: they report attempts that innocent hosts never made, and hide the sprayer's.", 0, MaxNodes, Defaults.Liars);
    private readonly Option<int> _skew = Whole("--skew", "MS", "Clocks are wrong by up to this time, both ways.", 0, MaxSkew, Defaults.Skew);
    private readonly Option<int> _hold = Whole("--hold", "MS", "The longest time that a decision waits for the other nodes' counts.", 0, MaxHold, Defaults.Hold);
    private readonly Option<int> _hosts = Whole("--hosts", "NUMBER", "Innocent hosts.", 0, MaxHosts, Defaults.Innocents);
    private readonly Option<int> _messages = Whole("--messages", "NUMBER", "Messages that each innocent host sends.", 0, MaxMessages, Defaults.MessagesEach);
    private readonly Option<int> _busy = Whole("--busy-nodes", "NUMBER", "Nodes that the innocent hosts send to.", 1, MaxNodes, Defaults.BusyNodes);
    private readonly Option<int> _spray = Whole("--spray", "NUMBER", "Messages that one host sprays over all nodes within a second.", 0, MaxMessages, Defaults.Spray);

    public IEnumerable<Option> All =>
        [_nodes, _clusters, _operators, _seed, _seconds, _latency, _loss, _drop, _duplicate, _reorder, _crashes, _partition, _liars, _skew, _hold, _hosts, _messages, _busy, _spray];

    /// <summary>The seed; null if none was given.</summary>
    public int? SeedOf(ParseResult parsed) => parsed.GetResult(_seed) is null ? null : parsed.GetValue(_seed);

    /// <summary>Reads the simulation that the options ask for.</summary>
    /// <param name="parsed">A command line without errors.</param>
    /// <param name="error">Which options contradict each other, on one line; null if none do.</param>
    /// <returns>Null if there is an error.</returns>
    public SimulationOptions? Read(ParseResult parsed, out string? error)
    {
        var all = parsed.GetValue(_nodes);
        var clusters = parsed.GetResult(_clusters) is null ? 0 : parsed.GetValue(_clusters);
        var nodes = clusters == 0 ? all : clusters;
        var latency = parsed.GetValue(_latency);
        var options = new SimulationOptions
        {
            Nodes = nodes,
            NodesEach = clusters == 0 ? 1 : all / clusters,
            Operators = clusters > 0 ? clusters : parsed.GetResult(_operators) is null ? Math.Min(Defaults.Operators, nodes) : parsed.GetValue(_operators),
            Seed = SeedOf(parsed) ?? Random.Shared.Next(),
            Seconds = parsed.GetValue(_seconds),
            Crashes = parsed.GetValue(_crashes),
            Partition = parsed.GetValue(_partition),
            Liars = parsed.GetValue(_liars),
            Skew = parsed.GetValue(_skew),
            Hold = parsed.GetValue(_hold),
            Innocents = parsed.GetValue(_hosts),
            MessagesEach = parsed.GetValue(_messages),
            BusyNodes = parsed.GetValue(_busy),
            Spray = parsed.GetValue(_spray),
            Conditions = new NetworkConditions
            {
                LeastLatency = latency.Least,
                MostLatency = latency.Most,
                Loss = parsed.GetValue(_loss) / 100,
                Drop = parsed.GetValue(_drop) / 100,
                Duplicate = parsed.GetValue(_duplicate) / 100,
                Reorder = parsed.GetValue(_reorder),
            },
        };
        error = options switch
        {
            _ when clusters > 0 && parsed.GetResult(_operators) is not null => "--operators: each cluster has an operator of its own; leave it out beside --clusters",
            _ when clusters > all => $"--clusters: {clusters} is more than there are nodes ({all})",
            _ when options.Operators > nodes => $"--operators: {options.Operators} is more than there are nodes ({nodes})",
            _ when options.Liars > options.Operators => $"--liars: {options.Liars} is more than there are operators ({options.Operators})",
            _ when options.Crashes > nodes => $"--crashes: {options.Crashes} is more than there are nodes ({nodes})",
            _ when options.Partition > 0 && options.Partition > options.Seconds - Simulation.PartitionAfter =>
                $"--partition: {options.Partition} s, begun after {Simulation.PartitionAfter} s, does not end within --seconds {options.Seconds}",
            _ => null,
        };
        return error is null ? options : null;
    }

    private static Option<int> Whole(string name, string unit, string description, int least, int most, int? @default = null)
    {
        var option = new Option<int>(name)
        {
            Description = description,
            HelpName = unit,
            CustomParser = result => Parse(
                result,
                name,
                text => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number : (int?)null,
                $"a whole number from {least} to {most}"),
        };
        if (@default is { } value)
        {
            option.DefaultValueFactory = _ => value;
        }

        return option;
    }

    private static Option<double> Percent(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "PERCENT",
        DefaultValueFactory = _ => 0,
        CustomParser = result => Parse(
            result,
            name,
            text => double.TryParse(text.TrimEnd('%'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent) && percent <= 100 ? percent : (double?)null,
            "a share from 0 to 100 %"),
    };

    private static Option<Latency> LatencyOption() => new("--latency")
    {
        Description = "Time one way between two nodes: for the nearest pair, and for the farthest.",
        HelpName = "MS-MS",
        DefaultValueFactory = _ => new Latency(Defaults.Conditions.LeastLatency, Defaults.Conditions.MostLatency),
        CustomParser = result => Parse(result, "--latency", Latency.Parse, $"milliseconds from 1 to {MaxLatency}, like 40 or 20-60"),
    };

    private static T Parse<T>(ArgumentResult result, string name, Func<string, T?> parse, string wanted)
        where T : struct
    {
        var text = result.Tokens.Single().Value;
        if (parse(text) is { } value)
        {
            return value;
        }

        result.AddError($"{name}: \"{text}\" is not {wanted}");
        return default;
    }

    private readonly record struct Latency(int Least, int Most)
    {
        public static Latency? Parse(string text)
        {
            var parts = text.Split('-');
            return parts.Length <= 2
                && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var least)
                && int.TryParse(parts[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var most)
                && least >= 1 && least <= most && most <= MaxLatency
                    ? new Latency(least, most)
                    : null;
        }

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Least}-{Most}");
    }
}
