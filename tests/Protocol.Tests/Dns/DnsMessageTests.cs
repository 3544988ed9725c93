using System.Net;
using FsCheck;
using FsCheck.Fluent;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.Protocol.Tests.Dns;

public sealed class DnsMessageTests
{
    [Fact]
    public void A_message_is_read_back_as_it_was_written() =>
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
        {
            var message = RandomMessages.Make(seed);
            Assert.True(DnsMessage.TryParse(RandomMessages.Encode(message), out var read));
            AssertSame(message, read!);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void An_MX_answer_of_NSD_is_read()
    {
        var message = Read(
            "beef85000001000200010004074578416d706c6503636f6d00000f0001c00c000f00010000012c0009000a046d61696cc00cc00c000f00"
            + "010000012c00160014066261636b7570076578616d706c65036e657400c00c000200010000012c0005026e73c00cc02b00010001000000"
            + "780004c0000219c06000010001000000780004c0000235c02b001c000100000078001020010db800000000000000000000002500002904"
            + "d0000000000000");

        Assert.Equal(0xbeef, message.Id);
        Assert.True(message.IsResponse);
        Assert.True(message.IsAuthoritative);
        Assert.True(message.RecursionDesired);
        Assert.False(message.RecursionAvailable);
        Assert.False(message.IsTruncated);
        Assert.Equal(DnsResponseCode.NoError, message.ResponseCode);
        Assert.Equal<DnsQuestion>([new DnsQuestion("example.com", DnsType.Mx)], message.Questions);
        Assert.Equal<DnsRecord>(
            [new MxRecord("example.com", 300, 10, "mail.example.com"), new MxRecord("example.com", 300, 20, "backup.example.net")],
            message.Answers);
        Assert.Equal<DnsRecord>([new NsRecord("example.com", 300, "ns.example.com")], message.Authorities);
        Assert.Equal<DnsRecord>(
            [
                new AddressRecord("mail.example.com", 120, IPAddress.Parse("192.0.2.25")),
                new AddressRecord("ns.example.com", 120, IPAddress.Parse("192.0.2.53")),
                new AddressRecord("mail.example.com", 120, IPAddress.Parse("2001:db8::25")),
            ],
            message.Additionals);
        Assert.Equal(new DnsEdns(1232), message.Edns);
    }

    [Fact]
    public void Answers_of_NSD_are_read_and_written_back_octet_for_octet()
    {
        var text = ReadAndWrite(
            "beef85000001000100010002076578616d706c6503636f6d0000100001c00c001000010000012c000d06763d7370663105202d616c6cc0"
            + "0c000200010000012c0005026e73c00cc04200010001000000780004c000023500002904d0000000000000");
        Assert.Equal<DnsRecord>([new TxtRecord("example.com", 300, ["v=spf1", " -all"])], text.Answers);

        // NSD does not point into a name that must not be compressed itself, so only this one differs.
        var service = Read(
            "beef85000001000100010004055f736d7470045f746370076578616d706c6503636f6d0000210001c00c002100010000003c0018000100"
            + "020019046d61696c076578616d706c6503636f6d00c017000200010000012c0005026e73c017046d61696cc01700010001000000780004"
            + "c0000219c05800010001000000780004c0000235c05d001c000100000078001020010db800000000000000000000002500002904d00000"
            + "00000000");
        Assert.Equal<DnsRecord>([new SrvRecord("_smtp._tcp.example.com", 60, 1, 2, 25, "mail.example.com")], service.Answers);

        var none = ReadAndWrite(
            "beef85030001000000010001046e6f7065076578616d706c6503636f6d0000010001c011000600010000012c0026026e73c0110a686f73"
            + "746d6173746572c011000007ea00001c2000000384001275000000012c00002904d0000000000000");
        Assert.Equal(DnsResponseCode.NameError, none.ResponseCode);
        Assert.Equal<DnsRecord>(
            [new SoaRecord("example.com", 300, "ns.example.com", "hostmaster.example.com", 2026, 7200, 900, 1209600, 300)],
            none.Authorities);

        var alias = ReadAndWrite(
            "beef8500000100020001000203777777076578616d706c6503636f6d00001c0001c00c000500010000012c0007046d61696cc010c02d00"
            + "1c000100000078001020010db8000000000000000000000025c010000200010000012c0005026e73c010c05c00010001000000780004c0"
            + "00023500002904d0000000000000");
        Assert.Equal<DnsRecord>(
            [
                new CnameRecord("www.example.com", 300, "mail.example.com"),
                new AddressRecord("mail.example.com", 120, IPAddress.Parse("2001:db8::25")),
            ],
            alias.Answers);

        static DnsMessage ReadAndWrite(string hex)
        {
            var message = Read(hex);
            Assert.Equal(hex, Convert.ToHexStringLower(RandomMessages.Encode(message)));
            return message;
        }
    }

    [Fact]
    public void Names_are_compressed_as_RFC_1035_shows()
    {
        // Section 4.1.4: F.ISI.ARPA, FOO.F.ISI.ARPA, ARPA, the root.
        var message = new DnsMessage
        {
            Id = Wire.Id,
            Answers =
            [
                new NsRecord("f.isi.arpa", 1, "foo.f.isi.arpa"),
                new NsRecord("arpa", 1, ""),
            ],
        };

        var expected = new Wire().Header(answers: 2)
            .Name("f", "isi", "arpa").UInt16(2).UInt16(1).UInt32(1).UInt16(6)
            .Labels("foo").Pointer(12)
            .Pointer(12 + 2 + 4).UInt16(2).UInt16(1).UInt32(1).UInt16(1)
            .Octets(0);
        Assert.Equal(expected.ToArray(), RandomMessages.Encode(message));
    }

    [Fact]
    public void The_target_of_SRV_is_not_compressed()
    {
        var octets = RandomMessages.Encode(new DnsMessage { Id = Wire.Id, Answers = [new SrvRecord("example.com", 1, 1, 2, 3, "example.com")] });

        var expected = new Wire().Header(answers: 1)
            .Name("example", "com").UInt16(33).UInt16(1).UInt32(1).UInt16(19)
            .UInt16(1).UInt16(2).UInt16(3).Name("example", "com");
        Assert.Equal(expected.ToArray(), octets);
    }

    [Fact]
    public void Names_are_lower_case_when_read_and_written()
    {
        Assert.True(DnsMessage.TryParse(new Wire().Header(questions: 1).Name("ExAmPlE", "COM").UInt16(1).UInt16(1).ToArray(), out var read));
        Assert.Equal("example.com", read!.Questions[0].Name);

        var octets = RandomMessages.Encode(new DnsMessage { Id = Wire.Id, Questions = [new DnsQuestion("ExAmPlE.COM", DnsType.A)] });
        Assert.Equal(new Wire().Header(questions: 1).Name("example", "com").UInt16(1).UInt16(1).ToArray(), octets);
    }

    [Fact]
    public void A_message_cut_to_any_size_is_well_formed_and_has_TC_set() =>
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
        {
            var message = RandomMessages.Make(seed) with { Questions = [new DnsQuestion("example.com", DnsType.Mx)] };
            var whole = RandomMessages.Encode(message).Length;
            for (var size = DnsMessage.MinUdpLength; size <= whole + 1; size++)
            {
                var buffer = new byte[size];
                var written = message.Write(buffer);
                Assert.True(DnsMessage.TryParse(buffer.AsSpan(0, written), out var read));
                Assert.Equal<DnsRecord>(message.Answers.Take(read!.Answers.Length), read.Answers);
                Assert.Equal<DnsRecord>(message.Authorities.Take(read.Authorities.Length), read.Authorities);
                Assert.Equal<DnsRecord>(message.Additionals.Take(read.Additionals.Length), read.Additionals);
                Assert.Equal(
                    read.Answers.Length < message.Answers.Length || read.Authorities.Length < message.Authorities.Length,
                    read.IsTruncated);
                Assert.True(read.Answers.Length == message.Answers.Length || read.Authorities.IsEmpty);
                Assert.True(!read.IsTruncated || read.Additionals.IsEmpty);
                Assert.Equal<DnsQuestion>(message.Questions, read.Questions);
                Assert.Equal(message.Edns, read.Edns);
            }
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Names_beyond_the_reach_of_pointers_are_written_correctly()
    {
        // A pointer has 14 bits; the message is longer than they reach, and over the number of noted labels.
        var message = new DnsMessage
        {
            Answers = [.. Enumerable.Range(0, 2000).Select(i => new MxRecord($"h{i}.example.com", 1, 10, $"mail.h{i}.example.com"))],
        };

        var octets = RandomMessages.Encode(message);

        Assert.True(octets.Length > 0x4000);
        Assert.True(DnsMessage.TryParse(octets, out var read));
        AssertSame(message, read!);
    }

    [Fact]
    public void A_response_code_of_more_than_four_bits_is_in_EDNS()
    {
        var message = new DnsMessage { ResponseCode = DnsResponseCode.BadVersion, Edns = new DnsEdns(DnsEdns.SafeUdpSize) };

        var octets = RandomMessages.Encode(message);

        Assert.Equal(0, octets[3] & 0xf);
        Assert.True(DnsMessage.TryParse(octets, out var read));
        Assert.Equal(DnsResponseCode.BadVersion, read!.ResponseCode);
    }

    [Fact]
    public void A_reply_repeats_the_question_and_has_EDNS_only_if_the_query_had()
    {
        var query = new DnsMessage { Id = 7, RecursionDesired = true, Questions = [new DnsQuestion("example.com", DnsType.Txt)] };

        var plain = query.Reply(DnsResponseCode.Refused);
        var extended = (query with { Edns = new DnsEdns(4096) }).Reply(DnsResponseCode.NoError);

        Assert.Equal(7, plain.Id);
        Assert.True(plain.IsResponse);
        Assert.True(plain.RecursionDesired);
        Assert.Equal(DnsResponseCode.Refused, plain.ResponseCode);
        Assert.Equal<DnsQuestion>(query.Questions, plain.Questions);
        Assert.Null(plain.Edns);
        Assert.Equal(new DnsEdns(DnsEdns.SafeUdpSize), extended.Edns);
    }

    [Fact]
    public void The_writer_rejects_an_impossible_message()
    {
        AssertRefused(new DnsMessage { Questions = [new DnsQuestion("a..b", DnsType.A)] });
        AssertRefused(new DnsMessage { Answers = [new TxtRecord("a", 1, new string('x', 256))] });
        AssertRefused(new DnsMessage { Answers = [new TxtRecord("a", 1, [])] });
        Assert.Throws<ArgumentException>(() => new DnsMessage().Write(new byte[11]));

        static void AssertRefused(DnsMessage message) =>
            Assert.Throws<ArgumentException>(() => RandomMessages.Encode(message));
    }

    [Fact]
    public void The_strings_of_a_text_record_make_one_text() =>
        Assert.Equal("v=spf1 -all", new TxtRecord("a", 1, ["v=spf1", " -all"]).Text);

    private static DnsMessage Read(string hex)
    {
        Assert.True(DnsMessage.TryParse(Convert.FromHexString(hex), out var message));
        return message!;
    }

    private static void AssertSame(DnsMessage expected, DnsMessage actual)
    {
        Assert.Equal<DnsQuestion>(expected.Questions, actual.Questions);
        Assert.Equal<DnsRecord>(expected.Answers, actual.Answers);
        Assert.Equal<DnsRecord>(expected.Authorities, actual.Authorities);
        Assert.Equal<DnsRecord>(expected.Additionals, actual.Additionals);

        // Arrays are compared by reference within a record.
        Assert.Equal(
            expected,
            actual with
            {
                Questions = expected.Questions,
                Answers = expected.Answers,
                Authorities = expected.Authorities,
                Additionals = expected.Additionals,
            });
    }
}
