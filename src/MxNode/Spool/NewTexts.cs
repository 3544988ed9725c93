using ThrottleNet.MxNode.Relay;

namespace ThrottleNet.MxNode.Spool;

/// <summary>
/// Keeps new messages in memory until they are loaded for the first time, which mostly is at once: so the first delivery reads nothing from the disk.
/// Thread-safe.
/// </summary>
internal sealed class NewTexts(DiskThreads disk)
{
    // Octets of a text, and of all together. Beyond them a message is read from the disk.
    private const int MaxText = 64 * 1024;
    private const long MaxTotal = 32 * 1024 * 1024;

    private long _total;

    /// <summary>A copy of a message; null if it is too large, or there is no room.</summary>
    public LoadedMessage? Keep(QueuedEnvelope envelope, OutgoingMessage message)
    {
        if (message.Length > MaxText || message.Text.InMemory is not { } text)
        {
            return null;
        }

        if (Interlocked.Add(ref _total, message.Length) > MaxTotal)
        {
            Interlocked.Add(ref _total, -message.Length);
            return null;
        }

        byte[] octets = [.. message.Head.Span, .. text.Span[(int)message.From..]];
        return new LoadedMessage(envelope, new QueuedText(octets, null, 0, octets.Length, disk, null));
    }

    /// <summary>A message is kept no longer.</summary>
    public void Release(LoadedMessage? kept) => Interlocked.Add(ref _total, -(kept?.Text.Length ?? 0));
}
