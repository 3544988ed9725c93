using System.Globalization;
using System.Text;
using ThrottleNet.MxNode.Hosting;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>How often this node has been started, on disk: the epoch of its batches.</summary>
internal sealed class EpochFile(string path)
{
    public string Path => path;

    /// <summary>One more than at the last start, stored before anything is sent under it. A lost or damaged file begins anew; peers tell if that was wrong.</summary>
    /// <exception cref="IOException">It cannot be stored.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be stored.</exception>
    public ulong Next()
    {
        var last = File.Exists(path) && ulong.TryParse(File.ReadAllText(path), NumberStyles.None | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var stored) ? stored : 0;
        Store(last + 1);
        return last + 1;
    }

    /// <inheritdoc cref="Next"/>
    public void Store(ulong epoch) =>
        AtomicFile.Write(path, file => file.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{epoch}\n"))));
}
