using System.Buffers;
using System.Net;
using FsCheck;
using FsCheck.Fluent;
using ThrottleNet.Protocol.Milter;
using ThrottleNet.Protocol.Tests.Smtp;

namespace ThrottleNet.Protocol.Tests.Milter;

/// <summary>Filters that break the protocol: each fault is detected, and neither time nor memory exceeds the limits.</summary>
public sealed class HostileFilterTests
{
    private const int MaxBody = 1000;

    private static readonly string[] Answers =
    [
        "c", "a", "r", "t", "d", "s", "p", "p", "f", "4", "y 550 5.7.1 no\0", "y 55\0", "h A\0b\0", "h A\0", "i {1}A\0b\0", "m {9}A\0\0", "m {1}", "b new", "b", "+ <a>\0",
        "2 <a>\0X=1\0", "- <a>\0", "e <a>\0", "q why\0", "O {6}{511}{0}", "? what", "c late",
    ];

    [Theory]
    [InlineData("c")]
    [InlineData("p")]
    [InlineData("O")]
    [InlineData("O {6}{511}")]
    [InlineData("O {1}{0}{0}")]
    [InlineData("O {7}{0}{0}")]
    [InlineData("O {4294967295}{0}{0}")]
    [InlineData("O {6}{512}{0}")]
    [InlineData("O {6}{511}{0}{1}")]
    [InlineData("O {6}{511}{0}{1}j")]
    [InlineData("O {6}{511}{0}{1}j\\0\\0")]
    public void A_bad_negotiation_is_a_fault(string packet)
    {
        var client = new MilterClient(MaxBody);
        client.Negotiate(new ArrayBufferWriter<byte>());
        Assert.Equal(MilterReadStatus.Fault, Last(client, MilterBytes.Packet(packet)).Status);
        Assert.Null(client.Options);
    }

    [Fact]
    public void A_negotiation_that_asks_for_too_many_macros_is_a_fault()
    {
        var client = new MilterClient(MaxBody);
        client.Negotiate(new ArrayBufferWriter<byte>());
        var packet = "O {6}{511}{0}{1}" + string.Concat(Enumerable.Repeat("{x} ", MilterLimits.Macros + 1)) + "\\0";
        Assert.Equal(MilterReadStatus.Fault, Last(client, MilterBytes.Packet(packet)).Status);
    }

    [Theory]
    [InlineData("c more")]
    [InlineData("a \\0")]
    [InlineData("r no")]
    [InlineData("?")]
    [InlineData("O {6}{511}{0}")]
    [InlineData("s")]
    [InlineData("p x")]
    [InlineData("y")]
    [InlineData("y \\0")]
    [InlineData("y 250 fine\\0")]
    [InlineData("y 354 go on\\0")]
    [InlineData("y 55\\0")]
    [InlineData("y 5500\\0")]
    [InlineData("y 5 0 x\\0")]
    [InlineData("y 550\\0")]
    [InlineData("y 550-first\\0")]
    [InlineData("y 550-first\\r\\n551 second\\0")]
    [InlineData("y 550 first\\r\\n550 second\\0")]
    [InlineData("y 550-first\\n550 second\\0")]
    [InlineData("y 550 first\\r\\n\\0")]
    [InlineData("y 550 first\\r\\nQUIT\\0")]
    [InlineData("y 550 a\\rb\\0")]
    [InlineData("y 550 a\\0b\\0")]
    [InlineData("y 550 4.7.1 contradiction\\0")]
    [InlineData("h A\\0b\\0")]
    [InlineData("b new")]
    [InlineData("b")]
    [InlineData("q why\\0")]
    public void A_bad_answer_to_mail_is_a_fault(string packet)
    {
        var client = InMail();
        var read = Last(client, MilterBytes.Packet(packet));
        Assert.Equal(MilterReadStatus.Fault, read.Status);
        Assert.NotEmpty(read.Fault!);
        Assert.DoesNotContain('\n', read.Fault!);
    }

    [Theory]
    [InlineData("h A\\0b")]
    [InlineData("h A")]
    [InlineData("h \\0b\\0")]
    [InlineData("h A:\\0b\\0")]
    [InlineData("h A B\\0b\\0")]
    [InlineData("h A\\n\\0b\\0")]
    [InlineData("h A\\0b\\0c\\0")]
    [InlineData("i A\\0b\\0")]
    [InlineData("i {4294967295}A\\0b\\0")]
    [InlineData("m {1}")]
    [InlineData("m {2147483648}A\\0b\\0")]
    [InlineData("m {1}\\0b\\0")]
    [InlineData("+ <a>")]
    [InlineData("+ <a>\\0X\\0")]
    [InlineData("+ <a>\\r\\nRCPT TO:<b>\\0")]
    [InlineData("2 <a>\\0X\\0Y\\0")]
    [InlineData("2 <a>\\0X\\nY\\0")]
    [InlineData("- <a>\\0b\\0")]
    [InlineData("e <a>")]
    [InlineData("q why")]
    public void A_bad_change_is_a_fault(string packet) =>
        Assert.Equal(MilterReadStatus.Fault, Last(AtEnd(511), MilterBytes.Packet(packet)).Status);

    [Theory]
    [InlineData("h A\\0b\\0", MilterActions.AddHeaders | MilterActions.ChangeHeaders)]
    [InlineData("i {1}A\\0b\\0", MilterActions.AddHeaders | MilterActions.ChangeHeaders)]
    [InlineData("m {1}A\\0b\\0", MilterActions.ChangeHeaders)]
    [InlineData("+ <a>\\0", MilterActions.AddRecipients)]
    [InlineData("2 <a>\\0", MilterActions.AddRecipientsWithArguments)]
    [InlineData("- <a>\\0", MilterActions.DeleteRecipients)]
    [InlineData("e <a>\\0", MilterActions.ChangeSender)]
    [InlineData("q why\\0", MilterActions.Quarantine)]
    [InlineData("b new", MilterActions.ReplaceBody)]
    public void A_change_that_was_not_negotiated_is_a_fault(string packet, MilterActions needed)
    {
        Assert.Equal(MilterReadStatus.Fault, Last(AtEnd((uint)(MilterActions.All & ~needed)), MilterBytes.Packet(packet)).Status);
        Assert.NotEqual(MilterReadStatus.Fault, Last(AtEnd((uint)needed), MilterBytes.Packet(packet)).Status);
    }

    [Theory]
    [InlineData("h", MilterLimits.Packet + 1)]
    [InlineData("c", 0)]
    [InlineData("c", -1)]
    [InlineData("c", int.MaxValue)]
    [InlineData("b", MaxBody + 2)]
    [InlineData("b", -5)]
    public void A_length_over_the_limit_is_a_fault_before_the_data_is_there(string code, int length)
    {
        byte[] head = [(byte)(length >> 24), (byte)(length >> 16), (byte)(length >> 8), (byte)length, (byte)code[0]];
        Assert.Equal(MilterReadStatus.Fault, Last(AtEnd(511), head).Status);
    }

    [Fact]
    public void Changes_without_end_are_a_fault()
    {
        var client = AtEnd(511);
        var input = Repeat("h A\\0b\\0", MilterLimits.Changes + 1);
        var count = 0;
        while (client.Read(ref input).Status == MilterReadStatus.Change)
        {
            count++;
        }

        Assert.Equal(MilterLimits.Changes, count);
    }

    [Fact]
    public void Changes_that_are_too_large_together_are_a_fault()
    {
        var client = AtEnd(511);
        var input = Repeat($"h A\\0{new string('b', 200_000)}\\0", 10);
        var count = 0;
        while (client.Read(ref input).Status == MilterReadStatus.Change)
        {
            count++;
        }

        Assert.Equal(5, count);
    }

    [Fact]
    public void Progress_without_end_is_a_fault()
    {
        var client = InMail();
        var input = Repeat("p", MilterLimits.Progress + 1);
        var count = 0;
        while (client.Read(ref input).Status == MilterReadStatus.Progress)
        {
            count++;
        }

        Assert.Equal(MilterLimits.Progress, count);
    }

    [Fact]
    public void Empty_body_packets_without_end_are_a_fault()
    {
        var client = AtEnd(511);
        var input = Repeat("b", MilterLimits.BodyPackets + 1);
        var count = 0;
        while (client.Read(ref input).Status == MilterReadStatus.BodyPiece)
        {
            count++;
        }

        Assert.Equal(MilterLimits.BodyPackets, count);
    }

    [Fact]
    public void An_unsolicited_reply_is_a_fault()
    {
        var client = InMail();
        var input = Repeat("c", 2);
        Assert.Equal(MilterReadStatus.Answer, client.Read(ref input).Status);
        Assert.Equal(MilterReadStatus.Fault, client.Read(ref input).Status);
    }

    [Fact]
    public void The_next_event_waits_for_the_answer()
    {
        var client = InMail();
        Assert.Throws<InvalidOperationException>(() => client.Recipient(new ArrayBufferWriter<byte>(), ["<b>"], _ => null));
        Assert.Throws<InvalidOperationException>(() => new MilterClient(MaxBody).Helo(new ArrayBufferWriter<byte>(), "x", _ => null));
    }

    [Fact]
    public void Replies_are_read_the_same_at_every_split()
    {
        var octets = MilterBytes.Packets("p", "h A\\0b\\0", "b new ", "b body", "b", "i {0}B\\0c\\0", "p", "y 550-5.7.1 a\\r\\n550 5.7.1 b\\0");
        var whole = Play(octets, []);
        Assert.Contains("Refuse 550 5.7.1 a b", whole, StringComparison.Ordinal);
        Assert.All(Cut.Everywhere(octets.Length), cuts => Assert.Equal(whole, Play(octets, cuts)));
        Assert.Equal(whole, Play(octets, Cut.BetweenAll(octets.Length)));
    }

    [Fact]
    public void Hostile_replies_never_throw_and_are_read_the_same_at_every_split()
    {
        var packet = Gen.Elements(Answers).Select(MilterBytes.Packet).Or(ArbMap.Default.GeneratorFor<byte[]>());
        Prop.ForAll(packet.ListOf().Select(p => p.SelectMany(o => o).ToArray()).ToArbitrary(), ArbMap.Default.ArbFor<int>(), (octets, seed) =>
        {
            Assert.Equal(Play(octets, []), Play(octets, Cut.Randomly(new Random(seed), octets.Length, 6)));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    // The replies up to the final one; pieces of a body are joined.
    private static string Play(byte[] octets, int[] cuts)
    {
        var client = AtEnd(511);
        ReadOnlySequence<byte> input = default;
        var said = "";
        foreach (var piece in Cut.Pieces(octets, cuts))
        {
            input = Cut.Append(input, piece);
            for (var more = true; more;)
            {
                var read = client.Read(ref input);
                more = read.Status is not MilterReadStatus.NeedMore;
                said += read.Status switch
                {
                    MilterReadStatus.NeedMore => "",
                    MilterReadStatus.BodyPiece => Convert.ToHexString(read.Body.ToArray()),
                    _ => Dialogue.Show(read) + ";",
                };
                if (read.Status is MilterReadStatus.Answer or MilterReadStatus.Fault)
                {
                    return said;
                }
            }
        }

        return said;
    }

    private static MilterRead Last(MilterClient client, byte[] octets)
    {
        var input = new ReadOnlySequence<byte>(octets);
        var last = default(MilterRead);
        for (var read = client.Read(ref input); read.Status != MilterReadStatus.NeedMore; read = client.Read(ref input))
        {
            last = read;
            if (read.Status is MilterReadStatus.Answer or MilterReadStatus.Fault)
            {
                break;
            }
        }

        return last;
    }

    private static ReadOnlySequence<byte> Repeat(string packet, int times)
    {
        var one = MilterBytes.Packet(packet);
        var all = new byte[one.Length * times];
        for (var i = 0; i < times; i++)
        {
            one.CopyTo(all, i * one.Length);
        }

        return new ReadOnlySequence<byte>(all);
    }

    private static MilterClient InMail(uint actions = 511)
    {
        var client = new MilterClient(MaxBody);
        var output = new ArrayBufferWriter<byte>();
        client.Negotiate(output);
        Last(client, MilterBytes.Packet($"O {{6}}{{{actions}}}{{0}}"));
        client.Connect(output, new MilterPeer(null, new IPEndPoint(IPAddress.Loopback, 1)), _ => null);
        Last(client, MilterBytes.Packet("c"));
        Assert.True(client.Mail(output, ["<>"], _ => null));
        return client;
    }

    private static MilterClient AtEnd(uint actions)
    {
        var client = InMail(actions);
        Last(client, MilterBytes.Packet("c"));
        Assert.True(client.EndOfMessage(new ArrayBufferWriter<byte>(), _ => null));
        return client;
    }
}
