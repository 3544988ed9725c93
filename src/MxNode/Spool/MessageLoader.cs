using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using ThrottleNet.MxNode.Listening;
using ThrottleNet.MxNode.Relay;

namespace ThrottleNet.MxNode.Spool;

/// <summary>Reads queued messages from the queue's files. A file is opened for each message: it may be removed when its last message has been moved.</summary>
internal sealed class MessageLoader(DiskThreads disk, DescriptorBudget descriptors)
{
    // A message up to this size is read in one piece.
    private const int OnePiece = 64 * 1024;

    /// <summary>Reads a message; its text is to be disposed of.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public async Task<LoadedMessage> LoadAsync(QueueEntry entry)
    {
        while (true)
        {
            var place = entry.Place;
            try
            {
                return await LoadAsync(place);
            }
            catch (FileNotFoundException) when (entry.Place != place)
            {
                // The message was moved to another file in between.
            }
        }
    }

    private async Task<LoadedMessage> LoadAsync(RecordPlace place)
    {
        var headEnd = RecordFrame.Length + place.Frame.HeadLength;
        var end = headEnd + place.Frame.TextLength;
        var octets = new byte[Math.Min(end, Math.Max(headEnd, OnePiece))];
        var descriptor = octets.Length < end ? descriptors.TryTakeOutgoing() ?? throw new IOException("this node has no descriptor left for a queue file") : null;
        try
        {
            var file = await disk.RunAsync(() => Read(place, octets, keepOpen: octets.Length < end));
            var text = new QueuedText(octets.AsMemory(headEnd), file, place.TextOffset, place.Frame.TextLength, disk, descriptor);
            descriptor = null;
            return new LoadedMessage(JsonSerializer.Deserialize(octets.AsSpan(RecordFrame.Length, place.Frame.HeadLength), QueueJson.Default.MessageRecord)!.Envelope, text);
        }
        finally
        {
            descriptor?.Dispose();
        }
    }

    private static SafeFileHandle? Read(RecordPlace place, byte[] octets, bool keepOpen)
    {
        var file = File.OpenHandle(place.Segment.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            for (var read = 0; read < octets.Length;)
            {
                var some = RandomAccess.Read(file, octets.AsSpan(read), place.Offset + read);
                read += some > 0 ? some : throw new EndOfStreamException($"{place.Segment.Path} is shorter than it was");
            }

            if (!RecordFrame.IsWhole(octets, octets.AsSpan(RecordFrame.Length, place.Frame.HeadLength), place.Segment.Salt))
            {
                throw new IOException($"{place.Segment.Path} is damaged at octet {place.Offset}");
            }
        }
        catch
        {
            file.Dispose();
            throw;
        }

        if (keepOpen)
        {
            return file;
        }

        file.Dispose();
        return null;
    }
}
