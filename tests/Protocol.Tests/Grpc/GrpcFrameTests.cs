using System.Buffers;
using System.IO.Compression;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using ThrottleNet.Protocol.Grpc;

namespace ThrottleNet.Protocol.Tests.Grpc;

public sealed class GrpcFrameTests
{
    private const int Cap = 1000;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_is_written_is_read_and_no_octet_more_is_taken(bool compress)
    {
        for (var size = 0; size <= 300; size += 75)
        {
            var message = new BytesValue { Value = ByteString.CopyFrom([.. Enumerable.Range(0, size).Select(i => (byte)i)]) };
            var output = new ArrayBufferWriter<byte>();
            GrpcFrame.Write(output, message, compress, Cap);
            output.Write<byte>([0xAA, 0xBB]);
            var buffer = new ReadOnlySequence<byte>(output.WrittenMemory);
            Assert.True(GrpcFrame.TryRead(ref buffer, Cap, out var compressed, out var payload));
            Assert.Equal(compress, compressed);
            Assert.Equal([0xAA, 0xBB], buffer.ToArray());
            Assert.Equal(message, BytesValue.Parser.ParseFrom(compress ? GrpcFrame.Decompress(payload, Cap) : payload));
        }
    }

    [Fact]
    public void A_part_of_a_frame_needs_more_and_takes_nothing()
    {
        byte[] frame = [0, 0, 0, 0, 3, 1, 2, 3];
        for (var length = 0; length < frame.Length; length++)
        {
            var buffer = new ReadOnlySequence<byte>(frame, 0, length);
            Assert.False(GrpcFrame.TryRead(ref buffer, Cap, out _, out _));
            Assert.Equal(length, buffer.Length);
        }
    }

    [Theory]
    [InlineData(1001u)]
    [InlineData(0x7FFFFFFFu)]
    [InlineData(0x80000000u)]
    [InlineData(0xFFFFFFFFu)]
    public void A_length_over_the_cap_is_refused_before_the_message_is_there(uint length)
    {
        byte[] header = [0, (byte)(length >> 24), (byte)(length >> 16), (byte)(length >> 8), (byte)length];
        AssertRefused(GrpcStatusCode.ResourceExhausted, header);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(0x80)]
    [InlineData(0xFF)]
    public void An_unknown_flag_is_refused(byte flag) => AssertRefused(GrpcStatusCode.Internal, [flag, 0, 0, 0, 0]);

    [Fact]
    public void A_message_over_the_cap_is_not_written()
    {
        var output = new ArrayBufferWriter<byte>();
        var message = new BytesValue { Value = ByteString.CopyFrom(new byte[Cap]) }; // and two octets of field header
        foreach (var compress in new[] { false, true })
        {
            var refusal = Assert.Throws<GrpcException>(() => GrpcFrame.Write(output, message, compress, Cap));
            Assert.Equal(GrpcStatusCode.ResourceExhausted, refusal.Status.Code);
        }

        Assert.Equal(0, output.WrittenCount);
    }

    [Fact]
    public void A_message_is_unpacked_up_to_the_cap_and_not_beyond()
    {
        Assert.Equal(Cap, GrpcFrame.Decompress(new(Pack(new byte[Cap])), Cap).Length);
        AssertNotUnpacked(GrpcStatusCode.ResourceExhausted, Pack(new byte[Cap + 1]));
    }

    [Fact]
    public void A_bomb_is_given_up_on_early()
    {
        var bomb = Pack(new byte[64 << 20]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        AssertNotUnpacked(GrpcStatusCode.ResourceExhausted, bomb);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void What_is_not_gzip_is_refused() => AssertNotUnpacked(GrpcStatusCode.Internal, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);

    [Fact]
    public void Random_octets_are_read_or_refused_but_never_break_the_reader()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var i = 0; i < 20_000; i++)
        {
            var octets = new byte[random.Next(40)];
            random.NextBytes(octets);
            for (var j = 0; j < Math.Min(4, octets.Length); j++)
            {
                octets[j] = (byte)(octets[j] & random.Next(2)); // often a plausible header
            }

            var buffer = new ReadOnlySequence<byte>(octets);
            try
            {
                while (GrpcFrame.TryRead(ref buffer, Cap, out var compressed, out var payload))
                {
                    Assert.True(payload.Length <= Cap, $"seed {seed}");
                    if (compressed)
                    {
                        Assert.True(GrpcFrame.Decompress(payload, Cap).Length <= Cap, $"seed {seed}");
                    }
                }
            }
            catch (GrpcException e)
            {
                Assert.True(e.Status.Code is GrpcStatusCode.Internal or GrpcStatusCode.ResourceExhausted, $"seed {seed}");
            }
        }
    }

    private static void AssertRefused(GrpcStatusCode code, byte[] octets)
    {
        var refusal = Assert.Throws<GrpcException>(() =>
        {
            var buffer = new ReadOnlySequence<byte>(octets);
            GrpcFrame.TryRead(ref buffer, Cap, out _, out _);
        });
        Assert.Equal(code, refusal.Status.Code);
    }

    private static void AssertNotUnpacked(GrpcStatusCode code, byte[] packed)
    {
        var refusal = Assert.Throws<GrpcException>(() => GrpcFrame.Decompress(new(packed), Cap));
        Assert.Equal(code, refusal.Status.Code);
    }

    private static byte[] Pack(byte[] octets)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(octets);
        }

        return packed.ToArray();
    }
}
