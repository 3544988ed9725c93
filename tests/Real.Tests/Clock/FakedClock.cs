namespace ThrottleNet.Real.Tests.Clock;

/// <summary>A wall clock that a test sets while a process runs by it; the process's monotonic clock goes on. Needs libfaketime.</summary>
internal sealed class FakedClock
{
    /// <summary>The program whose package holds the library.</summary>
    public const string Program = "faketime";

    private readonly string _file;

    public FakedClock(TemporaryFolder folder, string offset)
    {
        _file = folder.File("offset");
        Set(offset);
    }

    /// <summary>The command that runs another one by this clock.</summary>
    public string[] Wrapper =>
    [
        // Without NO_FAKE_STAT the times of files would move with the clock, and the node would read its certificates again.
        "env", $"LD_PRELOAD={Library}", $"FAKETIME_TIMESTAMP_FILE={_file}", "FAKETIME_NO_CACHE=1", "DONT_FAKE_MONOTONIC=1", "NO_FAKE_STAT=1",
    ];

    // The library is in a folder that is named after the machine's architecture.
    private static string Library => Directory.GetDirectories("/usr/lib").Select(folder => Path.Combine(folder, "faketime", "libfaketimeMT.so.1")).First(File.Exists);

    /// <summary>Sets the clock.</summary>
    /// <param name="offset">From the true time, such as "-2h"; "+0" for the true time.</param>
    public void Set(string offset)
    {
        var next = _file + ".new";
        File.WriteAllText(next, offset + "\n");
        File.Move(next, _file, overwrite: true);
    }
}
