using System.Text;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Spool;

namespace ThrottleNet.MxNode.Tests.Spool;

/// <summary>The queue's files: what was stored is there after any crash, and what was not finished is not.</summary>
public sealed class MessageQueueTests
{
    [Theory]
    [InlineData(10)]
    [InlineData(70_000)]
    [InlineData(3_000_000)]
    public async Task A_stored_message_is_read_back_also_after_a_restart(int size)
    {
        using var rig = new QueueRig();
        var text = "Subject: hi\r\n\r\n" + new string('x', size) + "\r\n";
        QueueId id;
        await using (var queue = rig.Open())
        {
            var entry = await queue.AddAsync(rig.Envelope("alice@alice.test", "bob@example.com", "\u00fcnal@example.org"), QueueRig.Text(text));
            id = entry.Id;
            Assert.Equal("Received: x\r\n" + text, await QueueRig.ReadAsync(queue, entry)); // from memory, if it is small
            Assert.Equal("Received: x\r\n" + text, await QueueRig.ReadAsync(queue, entry)); // from the disk
        }

        await using var again = rig.Open();
        var found = Assert.Single(again.All());
        Assert.Equal(id, found.Id);
        Assert.Equal("Received: x\r\n" + text, await QueueRig.ReadAsync(again, found));
        var loaded = await again.LoadAsync(found);
        using (loaded.Text)
        {
            Assert.Equal(["bob@example.com", "\u00fcnal@example.org"], loaded.Envelope.Recipients.Select(r => r.ToMailbox().ToString()));
            Assert.Equal("alice@alice.test", loaded.Envelope.Sender!.ToMailbox().ToString());
            Assert.Equal("192.0.2.55", loaded.Envelope.Client!.ToFacts().Address.ToString());

            // A part of a text is never taken for the whole.
            Assert.Equal(size < 64 * 1024, loaded.Text.InMemory is not null);
            Assert.True(loaded.Text.InMemory is not { } whole || whole.Length == loaded.Text.Length);
        }
    }

    /// <summary>
    /// Messages and changes of random kinds; then the last file is cut at every octet, as a crash may cut it. Whatever was acknowledged
    /// while the file was at most as long is there, in exactly that state; what was not acknowledged is there whole or not at all.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Cut_at_any_octet_a_queue_holds_what_was_acknowledged(int seed)
    {
        using var rig = new QueueRig();
        var random = new Random(seed);
        var history = new List<(long Length, Dictionary<string, string> Model)>();
        var model = new Dictionary<string, string>();
        await using (var queue = rig.Open())
        {
            for (var step = 0; step < 12; step++)
            {
                var entries = queue.All();
                if (entries.Count == 0 || random.Next(3) > 0)
                {
                    var entry = await queue.AddAsync(rig.Envelope("a@b.test", "x@example.com", "y@example.com"), QueueRig.Text($"text {step}"));
                    model[entry.Id.ToString()] = $"text {step} 0 ";
                }
                else
                {
                    var entry = entries[random.Next(entries.Count)];
                    var done = random.Next(2);
                    var text = model[entry.Id.ToString()].Split(' ')[1];
                    await queue.ChangeAsync(entry, s => s.With([done], []) with { Attempts = s.Attempts + 1 });
                    model[entry.Id.ToString()] = $"text {text} {entry.State.Attempts} {string.Join(',', entry.State.Done!)}";
                    if (entry.Pending == 0)
                    {
                        model.Remove(entry.Id.ToString());
                    }
                }

                history.Add((rig.LastLength(), new(model)));
            }
        }

        for (var cut = (long)Segment.HeaderLength; cut <= history[^1].Length; cut++)
        {
            rig.Crash($"cut{cut}", cut);
            await using var queue = rig.Open($"cut{cut}");
            var found = new Dictionary<string, string>();
            foreach (var entry in queue.All())
            {
                var text = (await QueueRig.ReadAsync(queue, entry)).Split("\r\n")[1];
                found[entry.Id.ToString()] = $"{text} {entry.State.Attempts} {string.Join(',', entry.State.Done ?? [])}";
            }

            Assert.Equal(history.LastOrDefault(h => h.Length <= cut).Model ?? [], found);
        }
    }

    [Fact]
    public async Task A_queue_opened_after_a_crash_goes_on_in_a_new_file_and_may_crash_again()
    {
        using var rig = new QueueRig();
        await using (var queue = rig.Open())
        {
            await queue.AddAsync(rig.Envelope(), QueueRig.Text("one"));
            await queue.AddAsync(rig.Envelope(), QueueRig.Text("two"));
        }

        rig.Crash("second", rig.LastLength() - 3);
        await using (var queue = rig.Open("second"))
        {
            Assert.Single(queue.All());
            await queue.AddAsync(rig.Envelope(), QueueRig.Text("three"));
        }

        await using var third = rig.Open("second");
        Assert.Equal(2, third.Count);
        Assert.EndsWith("three", await QueueRig.ReadAsync(third, third.All()[1]), StringComparison.Ordinal);
        Assert.DoesNotContain(rig.Log.Lines, l => l.Event == 8102);
    }

    [Fact]
    public async Task A_stalled_disk_refuses_messages_in_time_and_keeps_what_was_acknowledged()
    {
        using var rig = new QueueRig();
        using var stalled = new ManualResetEventSlim();
        var disk = new DiskThreads(rig.Clock);
        await using (var queue = rig.Open(disk: disk))
        {
            var first = await queue.AddAsync(rig.Envelope(), QueueRig.Text("first"));
            var threads = Enumerable.Range(0, 4).Select(_ => disk.RunAsync(() => stalled.Wait(Eventually.Patience))).ToList();
            var late = queue.AddAsync(rig.Envelope(), QueueRig.Text("late"));
            var change = queue.ChangeAsync(first, s => s with { Attempts = 1 });

            // The timer of the first message may still be there, so that one look at the timers does not show that this one waits.
            await Eventually.HoldsAsync("the disk's patience to end", () =>
            {
                rig.Clock.Advance(DiskThreads.Patience);
                return late.IsCompleted;
            });
            await Assert.ThrowsAsync<IOException>(() => late);

            // Until the disk has answered, others do not wait at all.
            await Assert.ThrowsAsync<IOException>(() => queue.AddAsync(rig.Envelope(), QueueRig.Text("refused")));
            stalled.Set();
            Assert.All(await Task.WhenAll(threads), Assert.True);
            await Eventually.HoldsAsync("a message to be stored again", async () =>
            {
                try
                {
                    await queue.AddAsync(rig.Envelope(), QueueRig.Text("last"));
                    return true;
                }
                catch (IOException)
                {
                    return false;
                }
            });
            await change;
        }

        await using var again = rig.Open();
        var texts = new List<string>();
        foreach (var entry in again.All())
        {
            texts.Add((await QueueRig.ReadAsync(again, entry)).Split("\r\n")[1]);
        }

        Assert.Equal(["first", "last"], texts);
        Assert.Equal(1, again.All()[0].State.Attempts);
        Assert.Single(rig.Log.Lines, l => l.Event == 8100);
        Assert.Single(rig.Log.Lines, l => l.Event == 8113);
    }

    [Fact]
    public async Task A_messages_age_follows_the_monotonic_clock_and_over_a_restart_the_wall_clock()
    {
        using var rig = new QueueRig();
        await using (var queue = rig.Open())
        {
            var entry = await queue.AddAsync(rig.Envelope(), QueueRig.Text());
            rig.Clock.StepWall(TimeSpan.FromDays(10));
            rig.Clock.Advance(TimeSpan.FromHours(1));
            Assert.Equal(TimeSpan.FromHours(1), entry.AgeNow(rig.Clock));
            await queue.ChangeAsync(entry, s => s with { Attempts = 1 });
        }

        rig.Clock.Advance(TimeSpan.FromHours(2));
        await using (var queue = rig.Open())
        {
            Assert.Equal(TimeSpan.FromHours(3), Assert.Single(queue.All()).AgeNow(rig.Clock));
            await queue.ChangeAsync(queue.All()[0], s => s with { Attempts = 2 });
        }

        // A wall clock that was set back between the runs makes no message younger.
        rig.Clock.StepWall(TimeSpan.FromDays(-20));
        await using var last = rig.Open();
        Assert.Equal(TimeSpan.FromHours(3), Assert.Single(last.All()).AgeNow(rig.Clock));
    }

    [Fact]
    public async Task A_file_without_messages_is_removed_also_when_it_is_the_only_one()
    {
        using var rig = new QueueRig();
        await using (var queue = rig.Open())
        {
            var entry = await queue.AddAsync(rig.Envelope(), QueueRig.Text());
            await queue.ChangeAsync(entry, s => s.With([0], []));
            await queue.CompactAsync();
            Assert.Single(Directory.GetFiles(rig.Folder(), "*.queue")); // it is written to
        }

        await using var again = rig.Open();
        await again.CompactAsync();
        Assert.Empty(Directory.GetFiles(rig.Folder(), "*.queue"));
    }

    [Fact]
    public async Task A_damaged_record_loses_only_itself_and_is_reported()
    {
        using var rig = new QueueRig();
        long from, to;
        await using (var queue = rig.Open())
        {
            await queue.AddAsync(rig.Envelope(), QueueRig.Text("one"));
            from = rig.LastLength();
            await queue.AddAsync(rig.Envelope(), QueueRig.Text("two"));
            to = rig.LastLength();
            await queue.AddAsync(rig.Envelope(), QueueRig.Text("three"));
        }

        using (var file = File.OpenHandle(Directory.GetFiles(rig.Folder(), "*.queue").Single(), FileMode.Open, FileAccess.ReadWrite))
        {
            RandomAccess.Write(file, [0xFF], from + 30);
        }

        await using var again = rig.Open();
        Assert.Equal(2, again.Count);
        Assert.Contains(rig.Log.Lines, l => l.Event == 8102 && l.Message.Contains($"from octet {from} to {to}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Records_that_a_sender_writes_into_a_text_are_never_read()
    {
        using var rig = new QueueRig();
        var forged = new MessageRecord(rig.Envelope("evil@evil.test")(new QueueId(1, 1)), QueueState.New);
        var head = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(forged, QueueJson.Default.MessageRecord);
        var record = new byte[RecordFrame.Length + head.Length + 5 + RecordFrame.TextTrailer];
        new RecordFrame(RecordKind.Message, head.Length, 5).Write(record, head, salt: 0);
        head.CopyTo(record, RecordFrame.Length);
        await using (var queue = rig.Open())
        {
            await queue.AddAsync(rig.Envelope(), QueueRig.Text(Encoding.Latin1.GetString([.. record, .. record])));
        }

        for (var cut = rig.LastLength() - record.Length - 10; cut < rig.LastLength(); cut += 7)
        {
            rig.Crash($"cut{cut}", cut);
            await using var queue = rig.Open($"cut{cut}");
            Assert.Empty(queue.All());
        }
    }

    [Fact]
    public void A_file_of_a_newer_program_stops_the_start_and_stays()
    {
        using var rig = new QueueRig();
        Directory.CreateDirectory(rig.Folder());
        var segment = Segment.Create(rig.Folder(), 1, 1);
        var header = new byte[Segment.HeaderLength];
        segment.WriteHeader(header);
        header[8] = Segment.Version + 1;
        BitConverter.TryWriteBytes(header.AsSpan(16), RecordFrame.Sum(0, header.AsSpan(0, 16)));
        File.WriteAllBytes(segment.Path, header);
        Assert.Contains("newer program", Assert.Throws<StartException>(() => rig.Open()).Message, StringComparison.Ordinal);
        Assert.Equal(header, File.ReadAllBytes(segment.Path));
    }

    [Fact]
    public async Task The_queue_of_another_node_is_taken_over_by_copying_its_files()
    {
        using var rig = new QueueRig();
        await using (var queue = rig.Open("other"))
        {
            await queue.AddAsync(rig.Envelope(), QueueRig.Text("theirs"));
            var done = await queue.AddAsync(rig.Envelope(), QueueRig.Text("delivered"));
            await queue.ChangeAsync(done, s => s.With([0], []));
        }

        await using (var queue = rig.Open())
        {
            await queue.AddAsync(rig.Envelope(), QueueRig.Text("ours"));
        }

        foreach (var file in Directory.GetFiles(rig.Folder("other"), "*.queue"))
        {
            File.Copy(file, Path.Combine(rig.Folder(), Path.GetFileName(file)));
        }

        await using (var queue = rig.Open())
        {
            Assert.Equal(2, queue.Count);
            await queue.ChangeAsync(queue.All()[0], s => s.With([0], []));
        }

        await using var again = rig.Open();
        Assert.Single(again.All());
    }

    [Fact]
    public async Task Files_without_messages_are_removed_and_few_messages_moved_together()
    {
        using var rig = new QueueRig();
        var large = new string('x', 30 * 1024 * 1024);
        await using (var queue = rig.Open())
        {
            var stuck = await queue.AddAsync(rig.Envelope(), QueueRig.Text("stuck"));
            for (var i = 0; i < 12; i++)
            {
                var entry = await queue.AddAsync(rig.Envelope(), QueueRig.Text(large));
                await queue.ChangeAsync(entry, s => s.With([0], []));
            }

            await queue.ChangeAsync(stuck, s => s with { Attempts = 3 });
            var before = Directory.GetFiles(rig.Folder(), "*.queue").Length;
            await queue.CompactAsync();
            Assert.True(Directory.GetFiles(rig.Folder(), "*.queue").Length < before);
            Assert.EndsWith("stuck", await QueueRig.ReadAsync(queue, stuck), StringComparison.Ordinal);
        }

        await using var again = rig.Open();
        var found = Assert.Single(again.All());
        Assert.Equal(3, found.State.Attempts);
        Assert.EndsWith("stuck", await QueueRig.ReadAsync(again, found), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_queue_takes_no_message_until_one_has_left()
    {
        using var rig = new QueueRig();
        await using var queue = rig.Open(options: new SpoolOptions { MaxMessages = 1 });
        var entry = await queue.AddAsync(rig.Envelope(), QueueRig.Text());
        await Assert.ThrowsAsync<IOException>(() => queue.AddAsync(rig.Envelope(), QueueRig.Text()));
        await queue.ChangeAsync(entry, s => s.With([0], []));
        await queue.AddAsync(rig.Envelope(), QueueRig.Text());
        Assert.Equal(1, queue.Count);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_refuses_messages_and_keeps_changes_for_later()
    {
        using var rig = new QueueRig();
        QueueEntry entry;
        Task change;
        await using (var queue = rig.Open())
        {
            entry = await queue.AddAsync(rig.Envelope(), QueueRig.Text("one"));
        }

        // The log makes its first file when it is first written to: without the folder it cannot.
        await using (var queue = rig.Open())
        {
            Directory.Move(rig.Folder(), rig.Folder("away"));
            await Assert.ThrowsAnyAsync<IOException>(async () => await queue.AddAsync(rig.Envelope(), QueueRig.Text("two")));
            change = queue.ChangeAsync(queue.All()[0], s => s with { Attempts = 7 });
            await rig.Log.UntilAsync(8100);
            Assert.False(change.IsCompleted);
            Directory.Move(rig.Folder("away"), rig.Folder());
            await Eventually.HoldsAsync("the change to be stored", () =>
            {
                rig.Clock.Advance(TimeSpan.FromSeconds(1));
                return change.IsCompleted;
            });
        }

        await using var again = rig.Open();
        Assert.Equal(7, Assert.Single(again.All()).State.Attempts);
    }
}
