using System.Buffers;
using System.IO.Pipelines;
using Google.Protobuf.WellKnownTypes;
using ThrottleNet.Protocol.Grpc;

namespace ThrottleNet.Protocol.Tests.Grpc;

public sealed class GrpcReaderTests
{
    private static readonly string[] Texts = ["", "one", new('x', 40), "last"];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Messages_are_read_whole_at_every_split_of_the_stream(bool gzip)
    {
        var octets = Frames(gzip);
        for (var split = 0; split <= octets.Length; split++)
        {
            var (pipe, reader) = Open(gzip);
            var reading = ReadAllAsync(reader);
            await pipe.Writer.WriteAsync(octets.AsMemory(..split));
            await pipe.Writer.WriteAsync(octets.AsMemory(split..));
            await pipe.Writer.CompleteAsync();
            Assert.Equal(Texts, await reading);
        }
    }

    [Fact]
    public async Task Messages_are_read_octet_by_octet()
    {
        var (pipe, reader) = Open(gzip: false);
        var reading = ReadAllAsync(reader);
        foreach (var octet in Frames(gzip: false))
        {
            await pipe.Writer.WriteAsync(new[] { octet });
        }

        await pipe.Writer.CompleteAsync();
        Assert.Equal(Texts, await reading);
    }

    [Fact]
    public async Task A_stream_that_ends_within_a_message_is_an_error()
    {
        byte[] frame = [0, 0, 0, 0, 2, 10, 0];
        for (var length = 1; length < frame.Length; length++)
        {
            await AssertRefusedAsync(frame[..length], gzip: false);
        }
    }

    [Fact]
    public async Task A_packed_message_without_an_encoding_is_an_error() => await AssertRefusedAsync([1, 0, 0, 0, 2, 10, 0], gzip: false);

    [Fact]
    public async Task A_message_of_another_form_is_an_error() => await AssertRefusedAsync([0, 0, 0, 0, 2, 10, 9], gzip: false);

    [Fact]
    public async Task A_cancelled_call_ends_a_waiting_read()
    {
        using var cancel = new CancellationTokenSource();
        var reader = new GrpcReader<StringValue>(new Pipe().Reader, StringValue.Parser, false, 100, cancel.Token);
        var reading = reader.ReadAsync();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await reading);
    }

    [Fact]
    public async Task A_write_that_waits_for_room_when_the_call_ends_is_stuck()
    {
        using var cancel = new CancellationTokenSource();
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 20, resumeWriterThreshold: 10));
        var writer = new GrpcWriter<StringValue>(pipe.Writer, false, 100, cancel.Token);
        await writer.WriteAsync(new StringValue { Value = "short" });
        Assert.False(writer.IsStuck);
        var writing = writer.WriteAsync(new StringValue { Value = "too long for the room there is" });
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await writing);
        Assert.True(writer.IsStuck);
    }

    [Fact]
    public async Task A_write_to_a_peer_that_takes_no_more_is_cancelled()
    {
        var pipe = new Pipe();
        await pipe.Reader.CompleteAsync();
        var writer = new GrpcWriter<StringValue>(pipe.Writer, false, 100, CancellationToken.None);
        var refusal = await Assert.ThrowsAsync<GrpcException>(async () => await writer.WriteAsync(new StringValue()));
        Assert.Equal(GrpcStatusCode.Cancelled, refusal.Status.Code);
    }

    private static byte[] Frames(bool gzip)
    {
        var output = new ArrayBufferWriter<byte>();
        foreach (var text in Texts)
        {
            GrpcFrame.Write(output, new StringValue { Value = text }, gzip, 100);
        }

        return output.WrittenSpan.ToArray();
    }

    private static (Pipe Pipe, GrpcReader<StringValue> Reader) Open(bool gzip)
    {
        var pipe = new Pipe();
        return (pipe, new GrpcReader<StringValue>(pipe.Reader, StringValue.Parser, gzip, 100, CancellationToken.None));
    }

    private static async Task<List<string>> ReadAllAsync(GrpcReader<StringValue> reader)
    {
        var texts = new List<string>();
        await foreach (var message in reader.ReadAllAsync())
        {
            texts.Add(message.Value);
        }

        return texts;
    }

    private static async Task AssertRefusedAsync(byte[] octets, bool gzip)
    {
        var (pipe, reader) = Open(gzip);
        await pipe.Writer.WriteAsync(octets);
        await pipe.Writer.CompleteAsync();
        var refusal = await Assert.ThrowsAsync<GrpcException>(async () => await reader.ReadAsync());
        Assert.Equal(GrpcStatusCode.Internal, refusal.Status.Code);
    }
}
