using System.Globalization;
using System.Text;
using ThrottleNet.MxNode.Storage;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>Which life of this node it is, on disk: the epoch of its batches, higher at every start.</summary>
internal sealed class EpochFile(string path, TimeProvider time)
{
    public string Path => path;

    /// <summary>
    /// Higher than at the last start, and the seconds since 1970 where that is more; stored before anything is sent under it. So
    /// a node whose file is lost or damaged is above all its earlier epochs, whether or not a peer remembers a batch of them: below
    /// them its batches would be ignored, and a seq used twice would pass for a lie.
    /// </summary>
    /// <exception cref="IOException">It cannot be stored.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be stored.</exception>
    public ulong Next()
    {
        var last = File.Exists(path) && ulong.TryParse(File.ReadAllText(path), NumberStyles.None | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var stored) ? stored : 0;
        var next = Math.Max(last + 1, (ulong)time.GetUtcNow().ToUnixTimeSeconds());
        Store(next);
        return next;
    }

    /// <inheritdoc cref="Next"/>
    public void Store(ulong epoch) =>
        AtomicFile.Write(path, file => file.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{epoch}\n"))));
}
