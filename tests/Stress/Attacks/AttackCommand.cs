using System.Globalization;

namespace ThrottleNet.Stress.Attacks;

/// <summary>"attack memory [MIB]", "attack places|hops|floods": attacks a node process in full length, and shows what passed.</summary>
internal static class AttackCommand
{
    // More than a node with 1 GiB has places for, and about as many as a process here may have descriptors for.
    private const int Crowd = 14_000;
    private const int Places = 8_000;
    private const int SilentHosts = 900;

    private static readonly TimeSpan PlacesLength = TimeSpan.FromSeconds(60);

    /// <returns>0 if each aim was met, 1 if not.</returns>
    public static Task<int> RunAsync(params IReadOnlyList<string> arguments) => arguments switch
    {
        ["memory"] => MemoryAsync(256, 512, 1024),
        ["memory", var megabytes] => MemoryAsync(int.Parse(megabytes, CultureInfo.InvariantCulture)),
        ["places"] => PlacesAsync(),
        ["hops"] => HopsAsync(),
        ["floods"] => FloodsAsync(),
        _ => throw new ArgumentException($"{string.Join(' ', arguments)} is no attack; use memory [MIB], places, hops or floods"),
    };

    private static async Task<int> MemoryAsync(params IReadOnlyList<int> sizes)
    {
        var failed = false;
        foreach (var megabytes in sizes)
        {
            foreach (var attack in MemoryAttack.All)
            {
                var outcome = await attack.RunAsync(megabytes, Crowd);
                Console.WriteLine(Text($"{megabytes} MiB, {attack.Name}: {outcome}"));
                failed |= !outcome.IsAlive || outcome.Trusted.Failures.Count > 0;
            }
        }

        return failed ? 1 : 0;
    }

    private static async Task<int> PlacesAsync()
    {
        var (trusted, persons, opened) = await PlacesAttack.RunAsync(Places, PlacesLength);
        Console.WriteLine(Text($"{opened} silent connections opened"));
        Console.WriteLine(Text($"trusted: {trusted}"));
        Console.WriteLine(Text($"persons: {persons}; within 15 s {persons.Within(TimeSpan.FromSeconds(15)):P1}"));
        return trusted.Within(TimeSpan.FromSeconds(2)) == 1 && persons.Within(TimeSpan.FromSeconds(15)) >= 0.95 ? 0 : 1;
    }

    private static async Task<int> HopsAsync()
    {
        var (trusted, persons, silent) = await NextHopAttack.RunAsync(SilentHosts);
        Console.WriteLine(Text($"{silent} hosts silent after RCPT"));
        Console.WriteLine(Text($"trusted: {trusted}"));
        Console.WriteLine(Text($"persons: {persons}; within 20 s {persons.Within(TimeSpan.FromSeconds(20)):P1}"));
        return trusted.Within(TimeSpan.FromSeconds(2)) == 1 && persons.Within(TimeSpan.FromSeconds(20)) >= 0.9 ? 0 : 1;
    }

    private static async Task<int> FloodsAsync()
    {
        var failed = false;
        foreach (var flood in FloodAttack.All)
        {
            foreach (var isWarm in new[] { true, false })
            {
                var (passed, elapsed) = await flood.RunAsync(isWarm);
                var aim = isWarm ? flood.Aim : flood.AimOfFirstWeek;
                Console.WriteLine(Text($"{flood.Name}, {(isWarm ? "WarmUp 0" : "first week")}: {passed} of {flood.Hosts * flood.Each} passed in {elapsed.TotalSeconds:0.0} s (aim {aim})"));
                failed |= passed > aim;
            }
        }

        return failed ? 1 : 0;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
