using System.Globalization;

namespace ThrottleNet.Benchmarks.Races;

/// <summary>Memory of processes, in KiB (proc_pid_smaps(5)).</summary>
/// <param name="Resident">The sum of their resident memory.</param>
/// <param name="Proportional">The same with shared pages divided among those that share them.</param>
internal sealed record ProcessMemory(long Resident, long Proportional)
{
    public static ProcessMemory Of(IReadOnlyList<int> processes) => new(processes.Sum(p => Read(p, "Rss:")), processes.Sum(p => Read(p, "Pss:")));

    /// <summary>The most memory that a process has had resident, in KiB (proc_pid_status(5)).</summary>
    public static long Peak(int process) => Number(File.ReadLines($"/proc/{process}/status"), "VmHWM:");

    /// <summary>The process that has this name, and this text in its environment (proc_pid_environ(5)).</summary>
    public static int Find(string name, string environment) => All().First(id => IsLike($"/proc/{id}", name, environment));

    public static IEnumerable<int> ChildrenOf(int parent) => All().Where(id => ParentOf(id) == parent);

    private static IEnumerable<int> All() => Directory.GetDirectories("/proc").Select(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id) ? id : 0).Where(id => id > 0);

    private static bool IsLike(string process, string name, string environment)
    {
        try
        {
            return File.ReadAllText($"{process}/comm").TrimEnd() == name && File.ReadAllText($"{process}/environ").Contains(environment, StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false; // it has ended
        }
    }

    private static long Read(int process, string key) => Number(File.ReadLines($"/proc/{process}/smaps_rollup"), key);

    private static long Number(IEnumerable<string> lines, string key) =>
        long.Parse(lines.First(l => l.StartsWith(key, StringComparison.Ordinal)).Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);

    private static int ParentOf(int process)
    {
        try
        {
            return int.Parse(File.ReadLines($"/proc/{process}/status").First(l => l.StartsWith("PPid:", StringComparison.Ordinal))[5..], CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            return 0; // it has ended
        }
    }
}
