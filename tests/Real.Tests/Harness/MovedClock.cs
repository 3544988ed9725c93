using System.Globalization;

namespace ThrottleNet.Real.Tests.Harness;

/// <summary>
/// The clock of all programs on some machines, by libfaketime: a test moves it, and each program reads the new time at its next look. What
/// sleeps goes on sleeping for its real time. Programs that don't use the C library for the time, such as those in Go, keep the real clock.
/// </summary>
internal sealed class MovedClock : IDisposable
{
    /// <summary>The program that it needs.</summary>
    public const string Program = "faketime";

    private static readonly string Library = Directory.GetDirectories("/usr/lib", "*-linux-gnu*")
        .Select(folder => Path.Combine(folder, "faketime/libfaketimeMT.so.1"))
        .FirstOrDefault(File.Exists, "");

    private readonly TemporaryFolder _folder = new();

    public MovedClock() => MoveTo(TimeSpan.Zero);

    /// <summary>What env needs to give a program this clock.</summary>
    public IReadOnlyList<string> Variables => [$"LD_PRELOAD={Library}", $"FAKETIME_TIMESTAMP_FILE={_folder.File("offset")}", "FAKETIME_NO_CACHE=1"];

    /// <summary>Sets the clock to so long after the real time.</summary>
    public void MoveTo(TimeSpan offset)
    {
        var file = _folder.Write("next", string.Create(CultureInfo.InvariantCulture, $"+{(long)offset.TotalSeconds}\n"));
        File.Move(file, _folder.File("offset"), overwrite: true);
    }

    public void Dispose() => _folder.Dispose();
}
