using FsCheck;
using FsCheck.Fluent;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.Protocol.Tests.Dns;

public sealed class HostileMessageTests
{
    private const int Header = 12;

    [Fact]
    public void A_truncated_message_is_refused() =>
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
        {
            var octets = RandomMessages.Encode(RandomMessages.Make(seed));
            for (var length = 0; length < octets.Length; length++)
            {
                Assert.False(DnsMessage.TryParse(octets.AsSpan(0, length), out var message));
                Assert.Null(message);
            }
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Random_octets_never_throw() =>
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
        {
            var random = new Random(seed);
            var octets = new byte[random.Next(600)];
            random.NextBytes(octets);
            if (octets.Length >= Header)
            {
                // Small counts, because with large ones nearly all messages fail the first check.
                for (var i = 4; i < Header; i++)
                {
                    octets[i] = (byte)(i % 2 == 0 ? 0 : octets[i] & 3);
                }
            }

            AssertReadable(octets);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_flipped_bit_never_throws_and_a_message_that_is_still_read_can_be_written() =>
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
        {
            var octets = RandomMessages.Encode(RandomMessages.Make(seed));
            var random = new Random(seed);
            for (var i = 0; i < 200; i++)
            {
                var bit = random.Next(octets.Length * 8);
                octets[bit / 8] ^= (byte)(1 << (bit % 8));
                AssertReadable(octets);
                octets[bit / 8] ^= (byte)(1 << (bit % 8));
            }
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_TLSA_record_without_its_fields_is_kept_as_it_is_and_spoils_no_other(int length)
    {
        var wire = new Wire().Header(answers: 2)
            .Name("a").UInt16(52).UInt16(1).UInt32(1).UInt16((ushort)length).Octets(new byte[length])
            .Name("a").UInt16(52).UInt16(1).UInt32(1).UInt16(3).Octets(3, 1, 1);
        Assert.True(DnsMessage.TryParse(wire.ToArray(), out var message));
        Assert.Equal<DnsRecord>(
            [new UnknownRecord("a", DnsType.Tlsa, 1, 1, [.. new byte[length]]), new TlsaRecord("a", 1, TlsaUsage.DaneEe, TlsaSelector.Spki, TlsaMatching.Sha256, [])],
            message!.Answers);
    }

    [Fact]
    public void Counts_beyond_the_message_are_refused()
    {
        AssertRefused(new Wire().Header(questions: 0xffff));
        AssertRefused(new Wire().Header(answers: 0xffff, authorities: 0xffff, additionals: 0xffff));
        AssertRefused(new Wire().Header(questions: 2).Name("a").UInt16(1).UInt16(1));
    }

    [Theory]
    [InlineData(Header)] // itself
    [InlineData(Header + 1)] // its own second octet
    [InlineData(Header + 2)] // forward
    [InlineData(0x3fff)] // beyond the end
    [InlineData(0)] // into the header
    [InlineData(Header - 1)]
    public void A_pointer_must_point_to_earlier_labels(int target) =>
        AssertRefused(new Wire().Header(questions: 1).Pointer(target).UInt16(1).UInt16(1).Name("a"));

    [Fact]
    public void A_pointer_into_its_own_run_of_labels_is_refused() =>
        AssertRefused(new Wire().Header(questions: 1).Labels("aaaa").Pointer(Header).UInt16(1).UInt16(1));

    [Fact]
    public void Two_pointers_that_point_to_each_other_are_refused() =>
        AssertRefused(new Wire().Header(questions: 2).Pointer(Header + 6).UInt16(1).UInt16(1).Pointer(Header).UInt16(1).UInt16(1));

    [Fact]
    public void A_chain_of_pointers_is_followed_up_to_the_maximum_of_labels()
    {
        Assert.True(DnsMessage.TryParse(Chain(127).ToArray(), out var message));
        Assert.Equal("a", message!.Answers[1].Name);
        AssertRefused(Chain(128));

        // The first record has the chain in its data; the owner of the second is the chain's last pointer.
        static Wire Chain(int pointers)
        {
            var wire = new Wire().Header(answers: 2).Name("x").Record(9999, 3 + (2 * (pointers - 1)));
            var target = wire.Length;
            wire.Name("a");
            for (var i = 1; i < pointers; i++)
            {
                var at = wire.Length;
                wire.Pointer(target);
                target = at;
            }

            return wire.Pointer(target).Record(9999, 0);
        }
    }

    [Fact]
    public void A_name_that_grows_past_255_octets_through_pointers_is_refused()
    {
        var label = new string('a', 63);
        AssertRefused(new Wire().Header(questions: 2)
            .Name(label, label, label, new string('b', 61)).UInt16(1).UInt16(1)
            .Labels("c").Pointer(Header).UInt16(1).UInt16(1));
        AssertRefused(new Wire().Header(questions: 1).Name(label, label, label, label).UInt16(1).UInt16(1));
    }

    [Theory]
    [InlineData(0x40)]
    [InlineData(0x80)]
    public void Label_types_that_are_not_in_use_are_refused(byte head) =>
        AssertRefused(new Wire().Header(questions: 1).Octets(head, 1, 1).UInt16(1).UInt16(1));

    [Theory]
    [InlineData(1, 3)]
    [InlineData(1, 5)]
    [InlineData(28, 15)]
    [InlineData(2, 0)]
    [InlineData(15, 2)]
    [InlineData(16, 0)]
    [InlineData(6, 20)]
    public void Data_of_the_wrong_length_is_refused(int type, int length) =>
        AssertRefused(new Wire().Header(answers: 1).Name("a").Record(type, length).Octets(new byte[length]));

    [Fact]
    public void Record_data_may_not_extend_into_the_next_record()
    {
        // A string and a name, each longer than its data, with the missing octets right after it.
        AssertRefused(new Wire().Header(answers: 1).Name("a").Record(16, 2).Octets(5, 1).Octets(1, 1, 1, 1));
        AssertRefused(new Wire().Header(answers: 1).Name("a").Record(2, 2).Octets(1, (byte)'b').Octets(0));
    }

    [Fact]
    public void Only_one_OPT_is_allowed_and_only_at_the_root()
    {
        Assert.True(DnsMessage.TryParse(new Wire().Header(additionals: 1).Name().Record(41, 0, 1232).ToArray(), out _));
        AssertRefused(new Wire().Header(additionals: 2).Name().Record(41, 0, 1232).Name().Record(41, 0, 1232));
        AssertRefused(new Wire().Header(additionals: 1).Name("a").Record(41, 0, 1232));
    }

    [Fact]
    public void Options_of_EDNS_are_skipped()
    {
        var octets = new Wire().Header(additionals: 1).Name().Record(41, 12, 4096).UInt16(10).UInt16(8).Octets(new byte[8]).ToArray();

        Assert.True(DnsMessage.TryParse(octets, out var message));
        Assert.Equal(4096, message!.Edns!.UdpSize);
        Assert.Empty(message.Additionals);
    }

    private static void AssertRefused(Wire wire)
    {
        Assert.False(DnsMessage.TryParse(wire.ToArray(), out var message));
        Assert.Null(message);
    }

    private static void AssertReadable(byte[] octets)
    {
        if (!DnsMessage.TryParse(octets, out var message))
        {
            return;
        }

        var again = RandomMessages.Encode(message!);
        Assert.True(DnsMessage.TryParse(again, out var second));
        Assert.Equal<DnsQuestion>(message!.Questions, second!.Questions);
        Assert.Equal<DnsRecord>(message.Answers, second.Answers);
        Assert.Equal(message.Edns, second.Edns);
    }
}
