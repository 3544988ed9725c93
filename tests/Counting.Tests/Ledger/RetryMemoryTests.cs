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
            _memory.Hash(Host, a, b), _memory.Hash(Host, b, a), _memory.Hash(Host, null, b), _memory.Hash(Host, a, a), _memory.Hash(Host, b, b),
            _memory.Hash(Host, a, new MailboxParts("b", "example.org")), _memory.Hash(IpBlock.Of(IPAddress.Parse("192.0.2.2")), a, b),
        ];
        Assert.Equal(hashes.Length, hashes.Distinct().Count());
        Assert.NotEqual(hashes[0], new RetryMemory(1024, TimeSpan.FromHours(4)).Hash(Host, a, b));
    }

    private static ulong Envelope(int i) => (ulong)(i + 1) * 0x9e37_79b9_7f4a_7c15;
}
