using System.Globalization;
using System.Net;
using System.Text;
using ThrottleNet.MxNode.Storage;

namespace ThrottleNet.MxNode.Guard;

/// <summary>The dropped hosts on disk: for each a line with its address and the Unix time in seconds until which it is dropped.</summary>
internal sealed class DropFile(string path)
{
    private const string Name = "guard.dropset";

    public string Path { get; } = System.IO.Path.Combine(path, Name);

    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public void Write(IReadOnlyList<DroppedHost> hosts) => AtomicFile.Write(Path, stream =>
    {
        using var writer = new StreamWriter(stream, Encoding.ASCII, leaveOpen: true);
        foreach (var host in hosts)
        {
            writer.Write(string.Create(CultureInfo.InvariantCulture, $"{host.Address} {host.Until.ToUnixTimeSeconds()}\n"));
        }
    });

    /// <summary>The stored hosts; empty when there is no file. Malformed lines are skipped.</summary>
    public IEnumerable<DroppedHost> Read()
    {
        if (!File.Exists(Path))
        {
            yield break;
        }

        foreach (var line in File.ReadLines(Path).Take(DropTable.Capacity))
        {
            if (line.Split(' ') is [var address, var until]
                && IPAddress.TryParse(address, out var parsed)
                && long.TryParse(until, NumberStyles.None, CultureInfo.InvariantCulture, out var second)
                && second <= DateTimeOffset.MaxValue.ToUnixTimeSeconds())
            {
                yield return new DroppedHost(parsed, DateTimeOffset.FromUnixTimeSeconds(second));
            }
        }
    }
}
