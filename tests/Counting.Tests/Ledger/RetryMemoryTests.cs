using System.Net;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting.Tests;

public sealed class RetryMemoryTests
{
    private const long Minute = 60_000;
    private static readonly IpBlock Host = IpBlock.Of(IPAddress.Parse("192.0.2.1"));
    private readonly RetryMemory _memory = new(1 << 16, TimeSpan.FromHours(4));

    [Fact]
    public void As_many_envelopes_are_remembered_as_the_sets_have_room_for()
    {
        const int Envelopes = 1 << 14; // a quarter of the entries, so that hardly any set of eight is over-full
        for (var i = 0; i < Envelopes; i++)
        {
            Assert.Equal(AttemptKind.New, _memory.Note(Envelope(i), 0));
        }

        Assert.InRange(Enumerable.Range(0, Envelopes).Count(i => _memory.Note(Envelope(i), Minute) != AttemptKind.New), Envelopes * 99 / 100, Envelopes);
    }

    [Fact]
    public void In_a_full_set_the_oldest_envelope_is_evicted_first()
    {
        const int Envelopes = 1 << 19;
        const long Last = 200 * Minute;
        for (var i = 0; i < Envelopes; i++)
        {
            _memory.Note(Envelope(i), i * Last / Envelopes);
        }

        var youngest = Enumerable.Range(0, Envelopes >> 6).Count(i => _memory.Note(Envelope(Envelopes - 1 - i), Last + (2 * Minute)) != AttemptKind.New);
        Assert.InRange(youngest, (Envelopes >> 6) * 99 / 100, Envelopes >> 6);
        Assert.Equal(0, Enumerable.Range(0, 1000).Count(i => _memory.Note(Envelope(i), Last + (2 * Minute)) != AttemptKind.New));
    }

    [Fact]
    public void A_sweep_removes_old_envelopes_before_the_clock_wraps()
    {
        const long Wrap = (1 << 16) * 4000;
        _memory.Note(1, 0);
        Assert.Equal(AttemptKind.Patient, _memory.Note(1, Wrap + (2 * Minute)));
        _memory.Sweep(Wrap + (300 * Minute));
        Assert.Equal(AttemptKind.New, _memory.Note(1, (2 * Wrap) + (4 * Minute)));
    }

    [Fact]
    public void A_sweep_keeps_envelopes_that_can_still_be_retried()
    {
        _memory.Note(1, 0);
        _memory.Sweep(239 * Minute);
        Assert.Equal(AttemptKind.Patient, _memory.Note(1, 239 * Minute));
    }

    [Fact]
    public void An_envelope_is_identified_by_host_reverse_path_and_recipient()
    {
        var (a, b) = (new MailboxParts("a", "example.com"), new MailboxParts("b", "example.com"));
        ulong[] hashes =
        [
            _memory.Key.Hash(Host, a, b), _memory.Key.Hash(Host, b, a), _memory.Key.Hash(Host, null, b), _memory.Key.Hash(Host, a, a), _memory.Key.Hash(Host, b, b),
            _memory.Key.Hash(Host, a, new MailboxParts("b", "example.org")), _memory.Key.Hash(IpBlock.Of(IPAddress.Parse("192.0.2.2")), a, b),
        ];
        Assert.Equal(hashes.Length, hashes.Distinct().Count());
        Assert.NotEqual(hashes[0], new RetryMemory(1024, TimeSpan.FromHours(4)).Key.Hash(Host, a, b));
    }

    [Fact]
    public void What_another_node_noted_makes_a_retry_here()
    {
        _memory.Take(new RetryNote(Envelope(1), 0, 10), 100);
        _memory.Take(new RetryNote(Envelope(2), 0, RetryNote.Passed), 100);
        Assert.Equal(AttemptKind.Impatient, _memory.Note(Envelope(1), 5 * Minute));
        Assert.Equal(AttemptKind.Undelivered, _memory.Note(Envelope(2), 5 * Minute));
        Assert.Equal(AttemptKind.New, _memory.Note(Envelope(3), 5 * Minute));
    }

    [Fact]
    public void A_note_that_is_older_than_this_nodes_own_attempt_has_no_effect()
    {
        _memory.Note(Envelope(1), 10 * Minute);
        _memory.Defer(Envelope(1), TimeSpan.FromMinutes(30));
        _memory.Take(new RetryNote(Envelope(1), 9 * Minute, 0), 11 * Minute);
        _memory.Take(new RetryNote(Envelope(1), 9 * Minute, RetryNote.Forgotten), 11 * Minute);
        Assert.Equal(AttemptKind.Impatient, _memory.Note(Envelope(1), 20 * Minute));
    }

    [Fact]
    public void A_delivered_envelope_is_forgotten_here_too_and_an_unknown_one_leaves_no_entry()
    {
        _memory.Note(Envelope(1), 0);
        _memory.Take(RetryNote.OfDelivered(Envelope(1)), Minute);
        _memory.Take(RetryNote.OfDelivered(Envelope(2)), Minute);
        Assert.Equal(3, _memory.Export().Length);
    }

    [Theory]
    [InlineData(-2 * 24 * 60 * Minute)] // times wrap after three days
    [InlineData(long.MinValue / 2)]
    public void A_note_that_is_too_old_to_be_retried_is_ignored(long time)
    {
        _memory.Take(new RetryNote(Envelope(1), time, 0), Minute);
        Assert.Equal(3, _memory.Export().Length);
    }

    [Fact]
    public void A_merge_keeps_the_later_entry_of_each_envelope()
    {
        var other = new RetryMemory(1 << 16, TimeSpan.FromHours(4), _memory.Key);
        for (var i = 0; i < 1000; i++)
        {
            other.Note(Envelope(i), 0);
        }

        _memory.Note(Envelope(0), 8 * Minute);
        Assert.True(_memory.Merge(other.Export(), 10 * Minute));
        Assert.True(_memory.Merge(other.Export(), 10 * Minute));
        Assert.Equal(3 + 2000, _memory.Export().Length);
        Assert.Equal(AttemptKind.New, _memory.Note(Envelope(0), (8 * Minute) + 1000)); // sent in parallel
        Assert.All(Enumerable.Range(1, 999), i => Assert.Equal(AttemptKind.Patient, _memory.Note(Envelope(i), 10 * Minute)));
    }

    [Fact]
    public void A_memory_with_another_key_or_size_and_damaged_words_are_not_merged()
    {
        var other = new RetryMemory(1 << 16, TimeSpan.FromHours(4));
        other.Note(Envelope(1), 0);
        var smaller = new RetryMemory(1 << 10, TimeSpan.FromHours(4), _memory.Key);
        smaller.Note(Envelope(1), 0);
        Assert.False(_memory.Merge(other.Export(), Minute));
        Assert.False(_memory.Merge(smaller.Export(), Minute));
        Assert.False(_memory.Merge([], Minute));
        Assert.False(_memory.Merge([_memory.Key.First, _memory.Key.Second, 1 << 16, 5], Minute));
        Assert.True(_memory.Merge([_memory.Key.First, _memory.Key.Second, 1 << 16, ulong.MaxValue, 5, 5, 0], Minute));
        Assert.Equal(3, _memory.Export().Length);
    }

    private static ulong Envelope(int i) => (ulong)(i + 1) * 0x9e37_79b9_7f4a_7c15;
}
