using ThrottleNet.MxNode.Spool;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Tests.Spool;

/// <summary>Files that an earlier program has written stay readable. Each format has a file here, made by another program from the description of the format.</summary>
public sealed class QueueFormatTests
{
    // Two messages to two recipients each; the first has been delivered to its second recipient, the second to both.
    private const string Version1 = """
        VE5RVUVVRQoBAAAAeFY0EpfqqoIAAAAAVE5RMQEAAACLAQAAFwAAAAAAAADwlEFIeyJlbnZlbG9wZSI6IHsiaWQiOiB7InJ1biI6IDExMjU5Mzc1LCAibnVtYmVyIjogMX0sICJhcnJpdmVkIjogIj
        IwMjYtMDEtMDFUMDA6MDA6MDArMDA6MDAiLCAic2VuZGVyIjogeyJsb2NhbCI6ICJhbGljZSIsICJkb21haW4iOiAiYWxpY2UudGVzdCJ9LCAicmVjaXBpZW50cyI6IFt7ImxvY2FsIjogImJvYiIs
        ICJkb21haW4iOiAiZXhhbXBsZS5jb20iLCAibm90aWZ5IjogIk5FVkVSIn0sIHsibG9jYWwiOiAiY2Fyb2wiLCAiZG9tYWluIjogImV4YW1wbGUuY29tIn1dLCAiY2xpZW50IjogeyJhZGRyZXNzIj
        ogIjE5Mi4wLjIuNTUiLCAicG9ydCI6IDI1LCAiaGVsbyI6ICJoIiwgInByb3RvY29sIjogIkVTTVRQIiwgImlzVHJ1c3RlZCI6IHRydWV9LCAiYm9keSI6IDF9LCAic3RhdGUiOiB7fX1TdWJqZWN0
        OiBvbGQNCg0KaGVsbG8NCgCXXAVUTlExAQAAAIsBAAABAAAAAAAAAFiVewR7ImVudmVsb3BlIjogeyJpZCI6IHsicnVuIjogMTEyNTkzNzUsICJudW1iZXIiOiAyfSwgImFycml2ZWQiOiAiMjAyNi
        0wMS0wMVQwMDowMDowMCswMDowMCIsICJzZW5kZXIiOiB7ImxvY2FsIjogImFsaWNlIiwgImRvbWFpbiI6ICJhbGljZS50ZXN0In0sICJyZWNpcGllbnRzIjogW3sibG9jYWwiOiAiYm9iIiwgImRv
        bWFpbiI6ICJleGFtcGxlLmNvbSIsICJub3RpZnkiOiAiTkVWRVIifSwgeyJsb2NhbCI6ICJjYXJvbCIsICJkb21haW4iOiAiZXhhbXBsZS5jb20ifV0sICJjbGllbnQiOiB7ImFkZHJlc3MiOiAiMT
        kyLjAuMi41NSIsICJwb3J0IjogMjUsICJoZWxvIjogImgiLCAicHJvdG9jb2wiOiAiRVNNVFAiLCAiaXNUcnVzdGVkIjogdHJ1ZX0sICJib2R5IjogMX0sICJzdGF0ZSI6IHt9fXhWNBIAVE5RMQIA
        AACWAAAAAAAAAAAAAACXsjP+eyJpZCI6IHsicnVuIjogMTEyNTkzNzUsICJudW1iZXIiOiAxfSwgInN0YXRlIjogeyJhdHRlbXB0cyI6IDIsICJuZXh0IjogIjIwMjYtMDEtMDFUMDA6MTA6MDArMD
        A6MDAiLCAiZG9uZSI6IFsxXSwgImFuc3dlcnMiOiB7IjAiOiAiNDUxIDQuNC4xIGRvd24ifX19VE5RMQIAAABQAAAAAAAAAAAAAAC9WS6ieyJpZCI6IHsicnVuIjogMTEyNTkzNzUsICJudW1iZXIi
        OiAyfSwgInN0YXRlIjogeyJhdHRlbXB0cyI6IDEsICJkb25lIjogWzAsIDFdfX0=
        """;

    [Fact]
    public async Task A_file_of_format_1_is_read()
    {
        using var rig = new QueueRig();
        Directory.CreateDirectory(rig.Folder());
        await File.WriteAllBytesAsync(Path.Combine(rig.Folder(), "0000000007-000000abcdef.queue"), Convert.FromBase64String(Version1));
        await using var queue = rig.Open();
        var entry = Assert.Single(queue.All());
        Assert.Equal("000000abcdef-1", entry.Id.ToString());
        Assert.Equal((2, 1, "451 4.4.1 down"), (entry.State.Attempts, entry.Pending, entry.State.Answers![0]));
        Assert.Equal(new DateTimeOffset(2026, 1, 1, 0, 10, 0, TimeSpan.Zero), entry.State.Next);
        Assert.Equal("Subject: old\r\n\r\nhello\r\n", await QueueRig.ReadAsync(queue, entry));
        var loaded = await queue.LoadAsync(entry);
        using var text = loaded.Text;
        Assert.Equal(("alice@alice.test", "bob@example.com", "NEVER"), (loaded.Envelope.Sender!.ToMailbox().ToString(), loaded.Envelope.Recipients[0].ToMailbox().ToString(), loaded.Envelope.Recipients[0].Notify));
        Assert.Equal((true, BodyType.EightBitMime), (loaded.Envelope.Client!.IsTrusted, loaded.Envelope.Body));
        Assert.DoesNotContain(rig.Log.Lines, l => l.Event == 8102);
    }
}
