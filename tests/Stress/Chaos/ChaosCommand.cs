using System.Globalization;

namespace ThrottleNet.Stress.Chaos;

/// <summary>"chaos MINUTES [--messages N] [--seed S] [--spool]": runs, shows how far it is, and ends with a table.</summary>
internal static class ChaosCommand
{
    private const int MostMessages = 5_000_000;

    /// <returns>0 if nothing was lost and nothing doubled without a reason, else 1.</returns>
    public static async Task<int> RunAsync(string minutes, params IReadOnlyList<string> more)
    {
        var options = new ChaosOptions(TimeSpan.FromMinutes(double.Parse(minutes, CultureInfo.InvariantCulture)), MostMessages, Random.Shared.Next());
        for (var i = 0; i < more.Count; i++)
        {
            options = more[i] switch
            {
                "--spool" => options with { Spools = true },
                "--messages" when i + 1 < more.Count => options with { Messages = Number(more[++i]) },
                "--seed" when i + 1 < more.Count => options with { Seed = Number(more[++i]) },
                _ => throw new ArgumentException($"{more[i]} is no option; use --messages N, --seed S and --spool"),
            };
        }

        var result = await ChaosRun.RunAsync(options, Console.WriteLine);
        Console.WriteLine(result);
        return result.IsClean ? 0 : 1;
    }

    private static int Number(string text) => int.Parse(text, NumberStyles.AllowThousands, CultureInfo.InvariantCulture);
}
