using System.Globalization;
using System.Net;
using ThrottleNet.Stress.Processes;

namespace ThrottleNet.Stress.Chaos;

/// <summary>A node of a chaos run, and what can be done to its disk, its clock and its paths.</summary>
/// <param name="name">The node's name.</param>
/// <param name="program">The process.</param>
/// <param name="data">The data directory.</param>
/// <param name="path">The path that its peers use to its exchange.</param>
/// <param name="spool">Its spool.</param>
/// <param name="clockFile">Holds the error of its clock; null where libfaketime is missing.</param>
internal sealed class ChaosNode(string name, NodeProgram program, string data, BreakablePath path, SpoolControl spool, string? clockFile) : IAsyncDisposable
{
    private const string Library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

    public string Name => name;

    public IPEndPoint Smtp => program.Smtp;

    public NodeProgram Program => program;

    public BreakablePath Path => path;

    public SpoolControl Spool => spool;

    /// <summary>Whether the disk is small and its own, so that it can be filled.</summary>
    public bool HasOwnDisk { get; private set; }

    public bool HasOwnClock => clockFile is not null;

    /// <summary>Whether the process is meant to run.</summary>
    public bool IsUp { get; set; }

    private string Ballast => System.IO.Path.Combine(data, "ballast");

    /// <summary>The environment variables that give a process the clock of a file; none where libfaketime is missing.</summary>
    public static IReadOnlyDictionary<string, string> ClockOf(string file) => !File.Exists(Library) ? new Dictionary<string, string>() : new Dictionary<string, string>
    {
        ["LD_PRELOAD"] = Library,
        ["FAKETIME_TIMESTAMP_FILE"] = file,
        ["FAKETIME_CACHE_DURATION"] = "1",
        ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
        ["FAKETIME_FORCE_MONOTONIC_FIX"] = "0",
        ["NO_FAKE_STAT"] = "1",
    };

    /// <summary>Gives the node a disk of its own: a file system in memory. That takes the right to mount.</summary>
    public async Task MountAsync(int megabytes)
    {
        Directory.CreateDirectory(data);
        HasOwnDisk = Environment.IsPrivilegedProcess
            && await Command.RunAsync("mount", "-t", "tmpfs", "-o", string.Create(CultureInfo.InvariantCulture, $"size={megabytes}m,mode=0700"), "none", data);
    }

    public async Task StartAsync()
    {
        await program.StartAsync();
        IsUp = true;
    }

    /// <summary>Fills the disk.</summary>
    public async Task FillDiskAsync()
    {
        await using var file = new FileStream(Ballast, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var block = new byte[64 * 1024];
        try
        {
            while (true)
            {
                await file.WriteAsync(block);
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }

    public void FreeDisk() => File.Delete(Ballast);

    /// <summary>Sets the error of the clock.</summary>
    public Task StepClockAsync(TimeSpan offset) =>
        File.WriteAllTextAsync(clockFile!, string.Create(CultureInfo.InvariantCulture, $"{(offset < TimeSpan.Zero ? '-' : '+')}{Math.Abs(offset.TotalSeconds)}\n"));

    /// <summary>Texts that were left on the disk after the end of the process.</summary>
    public int LeftTexts() => Directory.Exists(data) ? Directory.GetFiles(data, "*.text", SearchOption.AllDirectories).Length : 0;

    public async ValueTask DisposeAsync()
    {
        program.Dispose();
        spool.Dispose();
        await path.DisposeAsync();
        if (HasOwnDisk)
        {
            await Command.RunAsync("umount", "--lazy", data);
        }
    }
}
