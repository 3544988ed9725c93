using System.Globalization;

namespace ThrottleNet.MxNode.Listening;

/// <summary>How many descriptors this process may have open (getrlimit(2), RLIMIT_NOFILE).</summary>
internal static class FileLimit
{
    // The limit assumed if the kernel gives none: the soft limit that most systems have.
    private const int Usual = 1024;

    /// <summary>Reads the limit in force. The runtime has raised the soft limit to the hard one when it started.</summary>
    public static int Read()
    {
        try
        {
            return Parse(File.ReadLines("/proc/self/limits"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Usual;
        }
    }

    /// <summary>Finds the soft limit in the lines of proc_pid_limits(5). An unlimited or missing one gives the assumed limit.</summary>
    public static int Parse(IEnumerable<string> lines)
    {
        const string Name = "Max open files";
        var line = lines.FirstOrDefault(l => l.StartsWith(Name, StringComparison.Ordinal));
        var soft = line?[Name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        return long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? (int)Math.Min(limit, int.MaxValue) : Usual;
    }
}
