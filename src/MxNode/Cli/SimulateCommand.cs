using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using ThrottleNet.MxNode.Simulate;

namespace ThrottleNet.MxNode.Cli;

/// <summary>The command <c>simulate</c>: simulates the exchange of a network of any size, with the faults that the options name.</summary>
internal static class SimulateCommand
{
    // On an output that is not a terminal: one line in so many simulated seconds.
    private const int LineEvery = 5;

    public static Command Create()
    {
        var arguments = new SimulateArguments();
        var svg = new Option<string?>("--svg") { Description = "Write a picture of how batches spread.", HelpName = "FILE" };
        svg.Validators.Add(result =>
        {
            // Checked before the simulation, which may take minutes.
            var file = result.Tokens.SingleOrDefault()?.Value ?? "";
            if (file.Length == 0 || Directory.Exists(file) || !Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(file))))
            {
                result.AddError($"--svg: \"{file}\" is no file in a folder that exists");
            }
        });
        var json = CommandLine.JsonOption();
        var flood = FloodTable.CreateOption();
        var command = new Command("simulate", "Simulate a network of any size with lost packets, crashes, partitions and lying operators. One host sprays messages over all nodes while innocent hosts send at a person's rate (exit 1 if an innocent host is refused, or the sprayer gets more through than one sender may).");
        foreach (var option in arguments.All)
        {
            command.Add(option);
        }

        command.Add(flood);
        command.Add(svg);
        command.Add(json);
        command.SetAction(async (parsed, cancel) =>
        {
            if (parsed.GetValue(flood) is { } name)
            {
                return await Task.Run(() => FloodTable.Run(name, arguments.SeedOf(parsed), cancel), cancel);
            }

            if (arguments.Read(parsed, out var error) is { } options)
            {
                // On another thread, so that Ctrl-C is handled.
                return await Task.Run(() => Run(options, parsed.GetValue(svg), parsed.GetValue(json), cancel), cancel);
            }

            await Console.Error.WriteLineAsync($"{error}; see --help");
            return CommandLine.WrongUsage;
        });
        return command;
    }

    private static int Run(SimulationOptions options, string? svg, bool json, CancellationToken cancel)
    {
        SimulationResult result;
        if (json)
        {
            result = new Simulation(options).Run(cancel: cancel);
            Console.WriteLine(JsonSerializer.Serialize(new SimulationReport(options, result), SimulationJson.Default.SimulationReport));
        }
        else
        {
            Console.WriteLine(string.Join(", ", SimulationHeadlines.Describe(options)));
            result = AnsiConsole.Profile.Capabilities.Ansi && !Console.IsOutputRedirected ? Watch(options, cancel) : Follow(options, cancel);
            Output.Write(Table(options, result));
            Console.WriteLine(SimulationHeadlines.Legend);
            var verdict = result.AsPromised ? "as promised"
                : !result.SparedInnocents ? "NOT as promised: innocent hosts were refused"
                : "NOT as promised: the sprayer got more through than one sender may";
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{verdict}; the same options with --seed {options.Seed} replay it"));
        }

        return Save(svg, options, result) && result.AsPromised ? CommandLine.Done : CommandLine.Failed;
    }

    private static SimulationResult Watch(SimulationOptions options, CancellationToken cancel) =>
        AnsiConsole.Progress().AutoClear(true).Start(context =>
        {
            var task = context.AddTask("building the network");
            return new Simulation(options).Run(
                new ProgressHandler(p =>
                {
                    task.MaxValue = p.Seconds;
                    task.Value = p.Second;
                    task.Description = Describe(p);
                }),
                cancel);
        });

    private static SimulationResult Follow(SimulationOptions options, CancellationToken cancel) =>
        new Simulation(options).Run(
            new ProgressHandler(p =>
            {
                if (p.Second % LineEvery == 0 || p.Second == p.Seconds)
                {
                    Console.WriteLine(Describe(p));
                }
            }),
            cancel);

    private static string Describe(SimulationProgress progress) =>
        string.Create(CultureInfo.InvariantCulture, $"{progress.Second} of {progress.Seconds} s simulated, batches: {progress.Batches}, {progress.Octets / 1e6:0.0} MB received");

    private static Table Table(SimulationOptions options, SimulationResult result)
    {
        var table = new Table { Border = TableBorder.Rounded, ShowHeaders = false };
        table.AddColumn("what");
        table.AddColumn(new TableColumn("value") { Alignment = Justify.Right });
        foreach (var (what, value) in SimulationHeadlines.Of(options, result))
        {
            table.AddRow(what, value);
        }

        return table;
    }

    private static bool Save(string? svg, SimulationOptions options, SimulationResult result)
    {
        if (svg is null)
        {
            return true;
        }

        try
        {
            File.WriteAllText(svg, SimulationPicture.Draw(options, result));
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"--svg: {e.Message}");
            return false;
        }
    }

    // Progress<T> reports later on another thread, and out of order.
    private sealed class ProgressHandler(Action<SimulationProgress> report) : IProgress<SimulationProgress>
    {
        public void Report(SimulationProgress value) => report(value);
    }
}
