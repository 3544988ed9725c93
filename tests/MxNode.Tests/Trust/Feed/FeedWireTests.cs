using Google.Protobuf;
using ThrottleNet.MxNode.Trust.Feed;
using ThrottleNet.Protocol.Trust.Wire;
using ThrottleNet.TrustList.Feed;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.MxNode.Tests.Trust.Feed;

public sealed class FeedWireTests
{
    private static readonly string Author = new('a', AuthorKey.IdLength);
    private static readonly FeedHead Head = new(Author, 7, new LineHash(1, 2), 3, new LineHash(4, 5));
    private static readonly ByteString Id = ByteString.CopyFrom(Convert.FromHexString(Author));

    [Fact]
    public void Frames_come_back_as_they_were()
    {
        using var key = SigningKey.Create();
        Assert.Equal([Head, Head with { Seq = 0, Hash = default, Forks = 0, ForksHash = default }], Assert.IsType<HeadsFrame>(
            Again(new HeadsFrame([Head, Head with { Seq = 0, Hash = default, Forks = 0, ForksHash = default }]))).Heads);
        Assert.Equal(new LogWantFrame(Author, 12, true), Again(new LogWantFrame(Author, 12, true)));

        var lines = new LinesFrame(Author) { Key = key.Public.Text, Lines = ["one"u8.ToArray(), "two"u8.ToArray()], Forks = ["three"u8.ToArray()], End = Head };
        var again = Assert.IsType<LinesFrame>(Again(lines));
        Assert.Equal((lines.Author, lines.Key, lines.End, lines.Octets), (again.Author, again.Key, again.End, again.Octets));
        Assert.Equal(lines.Lines.Select(line => line.ToArray()), again.Lines.Select(line => line.ToArray()));
        Assert.Null(Assert.IsType<LinesFrame>(Again(new LinesFrame(Author))).Key);
    }

    [Fact]
    public void Malformed_frames_are_rejected()
    {
        var head = FeedWire.Write(new HeadsFrame([Head])).Heads.Heads[0];
        foreach (var bad in new Action<TrustHead>[]
        {
            h => h.Author = ByteString.Empty,
            h => h.Author = ByteString.CopyFrom(new byte[21]),
            h => h.Seq = ulong.MaxValue,
            h => h.Hash = ByteString.CopyFrom(new byte[31]),
            h => h.Seq = 0,
            h => h.Forks = uint.MaxValue,
            h => h.ForksHash = ByteString.Empty,
        })
        {
            var copy = head.Clone();
            bad(copy);
            Assert.False(FeedWire.TryRead(new TrustFrame { Heads = new TrustHeads { Heads = { copy } } }, out _));
            Assert.False(FeedWire.TryRead(new TrustFrame { Lines = new TrustLines { Author = Id, End = copy } }, out _));
        }

        Assert.False(FeedWire.TryRead(new TrustFrame { Want = new TrustWant { Author = Id, After = ulong.MaxValue } }, out _));
        Assert.False(FeedWire.TryRead(new TrustFrame { Want = new TrustWant() }, out _));
        Assert.False(FeedWire.TryRead(new TrustFrame { Lines = new TrustLines() }, out _));
    }

    [Fact]
    public void An_unknown_frame_is_skipped()
    {
        Assert.True(FeedWire.TryRead(TrustFrame.Parser.ParseFrom([0x7a, 0x00]), out var frame));
        Assert.Null(frame);
    }

    private static FeedFrame? Again(FeedFrame frame)
    {
        Assert.True(FeedWire.TryRead(TrustFrame.Parser.ParseFrom(FeedWire.Write(frame).ToByteArray()), out var again));
        return again;
    }
}
