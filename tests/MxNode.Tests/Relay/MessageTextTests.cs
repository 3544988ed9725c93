using System.Buffers;
using ThrottleNet.MxNode.Listening;
using ThrottleNet.MxNode.Relay;

namespace ThrottleNet.MxNode.Tests.Relay;

public sealed class MessageTextTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Spooled => Path.Combine(_folder.Path, "spool");

    private TextStore Spool(RelayOptions? options = null)
    {
        var spool = new TextStore(_folder.Path, options ?? new RelayOptions(), new DescriptorBudget(1024), TimeProvider.System);
        spool.RemoveLeftovers();
        return spool;
    }

    // The spool's files that this process holds open; they have no name any more.
    private int OpenFiles() => new DirectoryInfo("/proc/self/fd").GetFiles().Count(f => f.LinkTarget?.StartsWith(Spooled, StringComparison.Ordinal) == true);

    private static async Task<byte[]> Pieces(MessageText text)
    {
        var all = new MemoryStream();
        await foreach (var piece in text.ReadPiecesAsync(0, default))
        {
            all.Write(piece.Span);
        }

        return all.ToArray();
    }

    private static async Task<byte[]> Head(MessageText text, int most)
    {
        using var head = await text.ReadHeadAsync(most, default);
        return head.Octets.ToArray();
    }

    private static async Task<byte[]> From(MessageText text, int from)
    {
        var all = new MemoryStream();
        await foreach (var piece in text.ReadPiecesAsync(from, default))
        {
            all.Write(piece.Span);
        }

        return all.ToArray();
    }

    [Fact]
    public async Task A_text_written_in_any_pieces_can_be_read_unchanged_many_times()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        var spool = Spool();
        int[] sizes = [0, 1, 4095, 4096, 4097, 65535, 65536, 65537, 70000, 131072, 131073, 1 << 20, .. Enumerable.Range(0, 40).Select(_ => random.Next(200_000))];
        foreach (var size in sizes)
        {
            var content = new byte[size];
            random.NextBytes(content);
            await using var text = spool.Create();
            for (var at = 0; at < size;)
            {
                var piece = Math.Min(random.Next(1, 9000), size - at);
                text.Write(content.AsSpan(at, piece));
                at += piece;
                if (text.IsFull)
                {
                    await text.SpillAsync();
                }

            }

            Assert.Equal(size, text.Length);
            var cut = random.Next(size + 1);
            Assert.Equal(content[..cut], await Head(text, cut));
            Assert.Equal(content[cut..], await From(text, cut));
            foreach (var read in new[] { await Pieces(text), await Head(text, size + 1), await Pieces(text) })
            {
                Assert.True(content.SequenceEqual(read), $"seed {seed}, size {size}");
            }

            Assert.Equal(size >= 65536 ? 1 : 0, OpenFiles());
            Assert.Null(text.Failure);
        }

        Assert.Equal(0, spool.Memory);
    }

    [Fact]
    public async Task A_single_piece_over_the_memory_limit_is_kept()
    {
        await using var text = Spool().Create();
        var content = new byte[300_000];
        Random.Shared.NextBytes(content);
        content.CopyTo(text.GetSpan(content.Length));
        text.Advance(content.Length);
        await text.SpillAsync();
        text.Write("and more"u8);

        var read = await Pieces(text);
        Assert.Equal([.. content, .. "and more"u8], read);
    }

    [Fact]
    public async Task The_file_has_no_name_while_it_is_in_use()
    {
        await using var text = Spool().Create();
        text.Write(new byte[100_000]);
        await text.SpillAsync();

        Assert.Equal(1, OpenFiles());
        Assert.Empty(Directory.GetFileSystemEntries(Spooled));
    }

    [Fact]
    public void Only_files_left_by_an_earlier_run_are_removed()
    {
        Directory.CreateDirectory(Spooled);
        File.WriteAllText(Path.Combine(Spooled, "0123.text"), "left");
        File.WriteAllText(Path.Combine(Spooled, "notes"), "not ours");

        Assert.Equal(1, new TextStore(_folder.Path, new RelayOptions(), new DescriptorBudget(1024), TimeProvider.System).RemoveLeftovers());
        Assert.Equal(["notes"], Directory.GetFiles(Spooled).Select(Path.GetFileName));
    }

    [Fact]
    public async Task When_the_file_cannot_be_created_the_text_fails_and_further_writes_are_discarded()
    {
        var spool = Spool();
        Directory.Delete(Spooled);
        await using (var text = spool.Create())
        {
            text.Write(new byte[200_000]);
            await text.SpillAsync();

            Assert.IsAssignableFrom<IOException>(text.Failure);
            Assert.True(text.Length <= 65536);
            await Assert.ThrowsAsync<IOException>(() => Pieces(text));
            await Assert.ThrowsAsync<IOException>(() => Head(text, 10));
        }

        Assert.Equal(0, spool.Memory);
    }

    [Fact]
    public async Task All_texts_together_stay_within_the_memory_limit()
    {
        var spool = Spool(new RelayOptions { TotalTextMemory = 200_000 });
        var texts = new List<MessageText>();
        for (var i = 0; i < 20; i++)
        {
            var text = spool.Create();
            text.Write(new byte[60_000]);
            if (text.IsFull)
            {
                await text.SpillAsync();
            }

            texts.Add(text);
            Assert.InRange(spool.Memory, 0, 200_000);
        }

        Assert.Equal(17, OpenFiles());
        foreach (var text in texts)
        {
            Assert.Equal(60_000, (await Pieces(text)).Length);
            await text.DisposeAsync();
        }

        Assert.Equal(0, spool.Memory);
    }

    [Fact]
    public async Task A_text_may_be_disposed_twice()
    {
        var spool = Spool();
        var text = spool.Create();
        text.Write(new byte[50_000]);
        await text.DisposeAsync();
        await text.DisposeAsync();

        Assert.Equal(0, spool.Memory);
    }
}
