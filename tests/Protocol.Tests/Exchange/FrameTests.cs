using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Google.Protobuf;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Batches;
using ThrottleNet.Protocol.Batches;
using ThrottleNet.Protocol.Exchange;
using Wire = ThrottleNet.Protocol.Exchange.Wire;

namespace ThrottleNet.Protocol.Tests.Exchange;

public sealed class FrameTests
{
    private static readonly OriginId Origin = new(0x0001020304050607, 0x08090a0b0c0d0e0f);

    public static TheoryData<string> Kinds() => [.. Samples().Keys];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_frame_is_read_back_as_it_was_written(string kind)
    {
        var octets = FrameWriter.Write(Samples()[kind]).ToByteArray();
        Assert.True(FrameReader.TryRead(Wire.Frame.Parser.ParseFrom(octets), out var frame));
        Assert.Equal(Samples()[kind].GetType(), frame!.GetType());
        Assert.Equal(octets, FrameWriter.Write(frame).ToByteArray());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_frame_has_the_octets_of_the_golden_file(string kind)
    {
        var golden = File.ReadAllLines(Path.Combine(Folder(), "frames.golden")).Select(l => l.Split(' ')).ToDictionary(p => p[0], p => p[1]);
        Assert.Equal(golden[kind], Convert.ToHexStringLower(FrameWriter.Write(Samples()[kind]).ToByteArray()));
    }

    [Fact]
    public void There_is_a_sample_of_every_kind() => Assert.Equal(
        Enum.GetNames<Wire.Frame.KindOneofCase>().Where(n => n != "None").Order(),
        Samples().Values.Select(f => FrameWriter.Write(f).KindCase.ToString()).Order());

    [Fact]
    public void A_frame_of_a_later_version_is_ignored()
    {
        Assert.True(FrameReader.TryRead(Wire.Frame.Parser.ParseFrom([0xfa, 0x01, 0x00]), out var frame)); // field 31
        Assert.Null(frame);
    }

    public static TheoryData<string> Malformed() => [.. MalformedFrames().Keys];

    [Theory]
    [MemberData(nameof(Malformed))]
    public void A_frame_over_its_limits_is_refused(string what)
    {
        Assert.False(FrameReader.TryRead(MalformedFrames()[what], out var frame));
        Assert.Null(frame);
    }

    [Fact]
    public void Damaged_octets_never_throw()
    {
        var random = new Random(1);
        var deliveries = 0;
        foreach (var sample in Samples().Values)
        {
            var octets = FrameWriter.Write(sample).ToByteArray();
            for (var round = 0; round < 2000; round++)
            {
                var bent = (byte[])octets.Clone();
                for (var i = random.Next(3); i >= 0; i--)
                    bent[random.Next(bent.Length)] = (byte)random.Next(256);
                Wire.Frame message;
                try
                {
                    message = Wire.Frame.Parser.ParseFrom(bent);
                }
                catch (InvalidProtocolBufferException)
                {
                    continue;
                }

                if (FrameReader.TryRead(message, out var frame) && frame is DeliveryFrame delivery)
                {
                    deliveries++;
                    Assert.True(delivery.Batch.Counts is null || delivery.Batch.Counts.Count <= BatchCounts.MaxEntries);
                }
            }
        }

        Assert.NotEqual(0, deliveries);
    }

    [Theory]
    [InlineData(0, "", 0)]
    [InlineData(7, "", 7)]
    [InlineData(7, "80", 15)]
    [InlineData(7, "0001", 16)]
    [InlineData(7, "0502", 17)]
    public void An_applied_range_contains_its_batches(ulong contiguous, string beyond, ulong highest)
    {
        var bits = Convert.FromHexString(beyond);
        var range = new AppliedRange(Origin, 1, contiguous, [.. bits]);
        Assert.Equal(highest, range.Highest);
        for (ulong seq = 1; seq <= highest + 10; seq++)
        {
            var bit = (int)(seq - contiguous - 1);
            var expected = seq <= contiguous || (bit < 8 * bits.Length && (bits[bit / 8] >> (bit % 8) & 1) != 0);
            Assert.Equal(expected, range.Contains(seq));
        }
    }

    private static Dictionary<string, Frame> Samples()
    {
        var batch = new Batch(
            new BatchKey(Origin, 3, 9), 1_767_225_600_123, Convert.FromHexString("01028288808018000000"), Enumerable.Range(0, 64).Select(i => (byte)i).ToArray());
        var other = new Batch(batch.Key, batch.Time, Convert.FromHexString("0100000000"), batch.Signature);
        return new Dictionary<string, Frame>
        {
            ["hello"] = new HelloFrame(1, 2, "example", Origin, 3, "192.0.2.1:7000", true),
            ["ack"] = new AckFrame(3, 9, 4, 12),
            ["goodbye"] = new GoodbyeFrame(GoodbyeReason.ViewFull),
            ["credential"] = new CredentialFrame(new byte[] { 1, 2, 3 }),
            ["delivery"] = new DeliveryFrame(batch, true, 1500),
            ["announce"] = new AnnounceFrame([1, ulong.MaxValue]),
            ["graft"] = new GraftFrame([2]),
            ["prune"] = new PruneFrame([Origin]),
            ["shuffle"] = new ShuffleFrame([new Contact("relay.example:7000", Origin)], true),
            ["digest"] = new DigestFrame([new AppliedRange(Origin, 3, 9, [5])], false),
            ["want"] = new WantFrame([new SeqRange(Origin, 3, 10, 12)]),
            ["unavailable"] = new UnavailableFrame([new SeqRange(Origin, 3, 1, 1)]),
            ["snapshot-request"] = new SnapshotRequestFrame(77, 100),
            ["snapshot-chunk"] = new SnapshotChunkFrame(77, 0, true, [new AppliedRange(Origin, 3, 9, [])], [new SnapshotRow(batch.Counts!.Attempts[0].Key, 1.5, 2, 0.25, 0)]),
            ["equivocation"] = new EquivocationFrame(new EquivocationProof(batch, other)),
        };
    }

    private static Dictionary<string, Wire.Frame> MalformedFrames()
    {
        var origin = ByteString.CopyFrom(new byte[16]);
        Wire.Batch Batch(Action<Wire.Batch> bend)
        {
            var batch = new Wire.Batch { Origin = origin, Epoch = 1, Seq = 1, Signature = ByteString.CopyFrom(new byte[64]) };
            bend(batch);
            return batch;
        }

        Wire.Frame Delivery(Action<Wire.Batch> bend) => new() { Delivery = new Wire.Delivery { Batch = Batch(bend) } };
        Wire.Hello Hello() => new() { Node = origin };
        var big = new string('x', 1000);
        return new Dictionary<string, Wire.Frame>
        {
            ["a node of 15 octets"] = new() { Hello = new Wire.Hello { Node = ByteString.CopyFrom(new byte[15]) } },
            ["a network's name of 1,000"] = new() { Hello = new Wire.Hello(Hello()) { Network = big } },
            ["an address of 1,000"] = new() { Hello = new Wire.Hello(Hello()) { Address = big } },
            ["an address with a line end"] = new() { Hello = new Wire.Hello(Hello()) { Address = "a\nb" } },
            ["a certificate of 9 KiB"] = new() { Credential = new Wire.Credential { Certificate = ByteString.CopyFrom(new byte[9 * 1024]) } },
            ["a delivery of nothing"] = new() { Delivery = new Wire.Delivery() },
            ["epoch 0"] = Delivery(b => b.Epoch = 0),
            ["seq 0"] = Delivery(b => b.Seq = 0),
            ["a signature of 63 octets"] = Delivery(b => b.Signature = ByteString.CopyFrom(new byte[63])),
            ["a body of 64 KiB and one"] = Delivery(b => b.Body = ByteString.CopyFrom(new byte[BatchBody.MaxSize + 1])),
            ["4,097 announcements"] = new() { Announce = new Wire.Announce { Ids = { new ulong[4097] } } },
            ["4,097 grafts"] = new() { Graft = new Wire.Graft { Ids = { new ulong[4097] } } },
            ["1,025 prunes"] = new() { Prune = new Wire.Prune { Origins = { Enumerable.Repeat(origin, 1025) } } },
            ["33 contacts"] = new()
            {
                Shuffle = new Wire.Shuffle { Contacts = { Enumerable.Repeat(new Wire.Contact { Address = "a:1", Origin = origin }, 33) } },
            },
            ["a contact nowhere"] = new() { Shuffle = new Wire.Shuffle { Contacts = { new Wire.Contact { Origin = origin } } } },
            ["33 octets beyond"] = new()
            {
                Digest = new Wire.Digest { AppliedRanges = { new Wire.AppliedRange { Origin = origin, Beyond = ByteString.CopyFrom(Enumerable.Repeat((byte)1, 33).ToArray()) } } },
            },
            ["an applied range at the end of numbers"] = new() { Digest = new Wire.Digest { AppliedRanges = { new Wire.AppliedRange { Origin = origin, Contiguous = ulong.MaxValue } } } },
            ["a range backwards"] = new() { Want = new Wire.Want { Ranges = { new Wire.SeqRange { Origin = origin, First = 2, Last = 1 } } } },
            ["a range of 257"] = new() { Want = new Wire.Want { Ranges = { new Wire.SeqRange { Origin = origin, First = 1, Last = 257 } } } },
            ["a chunk with a column short"] = new() { SnapshotChunk = new Wire.SnapshotChunk { Keys = { 1, 2 }, AttemptsFast = { 1 } } },
            ["half a proof"] = new() { Equivocation = new Wire.Equivocation { One = Batch(_ => { }) } },
        };
    }

    private static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
