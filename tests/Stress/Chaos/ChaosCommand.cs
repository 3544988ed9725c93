using System.Globalization;

namespace ThrottleNet.Stress.Chaos;

/// <summary>"chaos MINUTES [--messages N] [--seed S]": runs, shows how far it is, and ends with a table.</summary>
internal static class ChaosCommand
{
    private const int MostMessages = 5_000_000;

    /// <returns>0 if nothing was lost and nothing doubled without a reason, else 1.</returns>
    public static async Task<int> RunAsync(string minutes, params IReadOnlyList<string> more)
    {
        var options = new ChaosOptions(TimeSpan.FromMinutes(double.Parse(minutes, CultureInfo.InvariantCulture)), MostMessages, Random.Shared.Next());
        for (var i = 0; i + 1 < more.Count; i += 2)
        {
            var value = int.Parse(more[i + 1], NumberStyles.AllowThousands, CultureInfo.InvariantCulture);
            options = more[i] switch
            {
                "--messages" => options with { Messages = value },
                "--seed" => options with { Seed = value },
                _ => throw new ArgumentException($"{more[i]} is no option; use --messages N and --seed S"),
            };
        }

        var result = await ChaosRun.RunAsync(options, Console.WriteLine);
        Console.WriteLine(result);
        return result.IsClean ? 0 : 1;
    }
}
