using System.CommandLine;
using System.Globalization;
using ThrottleNet.MxNode.Simulate.Floods;

namespace ThrottleNet.MxNode.Cli;

/// <summary><c>simulate --flood</c>: floods of many hosts of one block over simulated days, and how much of them passes.</summary>
internal static class FloodTable
{
    private const string AllFloods = "all";
    private const int DefaultSeed = 1;

    /// <summary>The option that names the flood.</summary>
    public static Option<string?> CreateOption()
    {
        var option = new Option<string?>("--flood")
        {
            Description = $"Instead of a network, simulate a flood by many hosts of one block, without retries and with those of several mail servers; {AllFloods} takes many minutes. Of the other options only --seed counts (exit 1 if more passes than {FloodScenario.Margin.ToString(CultureInfo.InvariantCulture)} times the aim).",
            HelpName = "NAME",
        };
        option.AcceptOnlyFromAmong([.. FloodScenario.All.Select(s => s.Name), AllFloods]);
        return option;
    }

    /// <summary>Simulates floods, and writes a line for each.</summary>
    /// <param name="name">A flood's name, or all.</param>
    /// <param name="seed">Null for the same as always.</param>
    /// <returns>The exit code.</returns>
    public static int Run(string name, int? seed, CancellationToken cancel)
    {
        var asPromised = true;
        foreach (var scenario in FloodScenario.All.Where(s => name is AllFloods || s.Name == name))
        {
            Console.WriteLine($"{scenario.Name}: {scenario.What}");
            foreach (var schedule in SenderSchedule.All.Prepend(null))
            {
                cancel.ThrowIfCancellationRequested();
                var result = scenario.Run(schedule, seed ?? DefaultSeed);
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"  {(schedule is null ? "without retries" : "retries as " + schedule.Name),-24}{Passed(result.FirstHour, result.FirstHourAim)} in the first hour, {Passed(result.Later, result.LaterAim)} an hour later on{(result.AsPromised ? "" : "  TOO MANY")}"));
                asPromised &= result.AsPromised;
            }
        }

        return asPromised ? CommandLine.Done : CommandLine.Failed;
    }

    private static string Passed(double number, double? aim) =>
        string.Create(CultureInfo.InvariantCulture, $"{number,6:0}{(aim is { } most ? string.Create(CultureInfo.InvariantCulture, $" (aim {most})") : ""),-11}");
}
