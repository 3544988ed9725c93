using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using ThrottleNet.MxNode.Demo;

namespace ThrottleNet.MxNode.Cli;

/// <summary>The command <c>demo</c>: runs a small network with seven kinds of senders.</summary>
internal static class DemoCommand
{
    private static readonly TimeSpan FrameTime = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LineTime = TimeSpan.FromSeconds(5);

    public static Command Create()
    {
        var json = CommandLine.JsonOption();
        var command = new Command("demo", "Run a small network on this machine with seven senders, good and bad, and show what became of their mail (exit 1 if the outcome is not the promised one).") { json };
        command.SetAction((parsed, cancel) => RunAsync(parsed.GetValue(json), cancel));
        return command;
    }

    private static async Task<int> RunAsync(bool json, CancellationToken cancel)
    {
        if (!json)
        {
            Console.WriteLine(DemoPicture.Intro);
        }

        await using var network = new DemoNetwork();
        await network.StartAsync(cancel);
        var actors = DemoActors.All(network);
        var from = TimeProvider.System.GetTimestamp();
        var acting = Task.WhenAll(actors.Select(a => a.ActAsync(cancel)));
        if (json)
        {
            await acting;
        }
        else if (AnsiConsole.Profile.Capabilities.Ansi && !Console.IsOutputRedirected)
        {
            await WatchAsync(actors, network, acting, cancel);
        }
        else
        {
            await FollowAsync(actors, acting, cancel);
        }

        var report = DemoReport.Of(actors, network.Arrived, TimeProvider.System.GetElapsedTime(from));
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(report, DemoJson.Default.DemoReport));
        }
        else
        {
            AnsiConsole.Write(DemoPicture.Draw(report));
            Console.WriteLine(DemoPicture.Legend);
            Console.WriteLine();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"answered 250: {report.Accepted}; arrived at the real MX: {report.Arrived}; in {report.Seconds} s: {(report.AsPromised ? "as promised" : "NOT as promised")}"));
            Console.WriteLine();
            Console.WriteLine(DemoPicture.NextStep);
        }

        return report.AsPromised ? CommandLine.Done : CommandLine.Failed;
    }

    // On an output that is not a terminal: one line every few seconds.
    private static async Task FollowAsync(IReadOnlyList<Actor> actors, Task acting, CancellationToken cancel)
    {
        while (!acting.IsCompleted)
        {
            await Task.WhenAny(acting, Task.Delay(LineTime, TimeProvider.System, cancel));
            Console.WriteLine(string.Join(", ", actors.Select(a => string.Create(CultureInfo.InvariantCulture, $"{a.Name}: {a.Delivered} of {a.Sent} passed"))));
        }

        await acting;
    }

    private static async Task WatchAsync(IReadOnlyList<Actor> actors, DemoNetwork network, Task acting, CancellationToken cancel)
    {
        await AnsiConsole.Live(DemoPicture.Draw(actors, network.Arrived)).AutoClear(true).StartAsync(async live =>
        {
            while (!acting.IsCompleted)
            {
                live.UpdateTarget(DemoPicture.Draw(actors, network.Arrived));
                await Task.WhenAny(acting, Task.Delay(FrameTime, TimeProvider.System, cancel));
            }
        });
        await acting;
    }
}
