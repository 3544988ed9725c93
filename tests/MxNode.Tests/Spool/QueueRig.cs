using System.Text;
using Microsoft.Extensions.Logging;
using ThrottleNet.MxNode.Listening;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Spool;

namespace ThrottleNet.MxNode.Tests.Spool;

/// <summary>Queues over folders of the test's own.</summary>
internal sealed class QueueRig : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public FakeTimeProvider Clock { get; } = new();

    public CapturedLog Log { get; } = new();

    public string Folder(string name = "queue") => _folder.File(name);

    public MessageQueue Open(string name = "queue", SpoolOptions? options = null, DiskThreads? disk = null) =>
        MessageQueue.Open(Folder(name), options ?? new SpoolOptions { Enabled = true }, new DescriptorBudget(1024), Clock, Log, disk);

    /// <summary>Copies a queue as a crash leaves it: its last file is cut at an offset.</summary>
    public void Crash(string copy, long cut, string name = "queue")
    {
        Directory.CreateDirectory(Folder(copy));
        var files = Directory.GetFiles(Folder(name), "*.queue").Order(StringComparer.Ordinal).ToList();
        foreach (var file in files)
        {
            var to = Path.Combine(Folder(copy), Path.GetFileName(file));
            File.Copy(file, to);
            if (file == files[^1])
            {
                using var last = File.OpenHandle(to, FileMode.Open, FileAccess.ReadWrite);
                RandomAccess.SetLength(last, cut);
            }
        }
    }

    public long LastLength(string name = "queue") => new FileInfo(Directory.GetFiles(Folder(name), "*.queue").Order(StringComparer.Ordinal).Last()).Length;

    public Func<QueueId, QueuedEnvelope> Envelope(string sender = "alice@alice.test", params string[] recipients) => id => new QueuedEnvelope(
        id, Clock.GetUtcNow(), Recipient(sender), [.. (recipients.Length > 0 ? recipients : ["bob@example.com"]).Select(Recipient)],
        new QueuedClient("192.0.2.55", 40001, "mail.alice.test", "mail.alice.test", "ESMTP", IsTrusted: false, null));

    public static OutgoingMessage Text(string text = "Subject: hi\r\n\r\nhello\r\n") => new("Received: x\r\n"u8.ToArray(), new OctetText(Encoding.Latin1.GetBytes(text)));

    public static async Task<string> ReadAsync(MessageQueue queue, QueueEntry entry)
    {
        var loaded = await queue.LoadAsync(entry);
        using var text = loaded.Text;
        var octets = new MemoryStream();
        await foreach (var piece in text.ReadPiecesAsync(0, default))
        {
            octets.Write(piece.Span);
        }

        return Encoding.Latin1.GetString(octets.ToArray());
    }

    public void Dispose() => _folder.Dispose();

    private static QueuedRecipient Recipient(string address) => new(address.Split('@')[0], address.Split('@')[1]);
}
