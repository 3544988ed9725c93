using System.Globalization;
using System.Text;
using ThrottleNet.MxNode.Storage;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>The epoch of this node's batches on disk, higher at every start.</summary>
internal sealed class EpochFile(string path, TimeProvider time)
{
    public string Path => path;

    /// <summary>
    /// The greater of the last epoch + 1 and the seconds since 1970; stored before anything is sent under it. So a node whose file is lost or
    /// damaged still gets an epoch above all its earlier ones. Under a lower epoch its batches would be ignored, and a reused seq would count
    /// as an equivocation.
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
