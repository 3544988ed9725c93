using System.Globalization;
using System.Text;
using ThrottleNet.MxNode.Storage;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>Stores the node's epoch, which is higher at every start.</summary>
internal sealed class EpochFile(string path, TimeProvider time)
{
    public string Path => path;

    /// <summary>
    /// Gives the epoch of this start: the last one + 1, or the seconds since 1970 if these are more. It is stored before any batch with it is sent.
    /// If the file is lost or damaged, the seconds keep the epoch above all earlier ones, whether or not a peer remembers a batch of them. Batches of a
    /// lower epoch would be ignored, and a seq used twice would look like equivocation.
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
