using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Google.Protobuf.Collections;
using ThrottleNet.Protocol.Trust.Wire;
using ThrottleNet.TrustList.Feed;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.MxNode.Trust.Feed;

/// <summary>Converts frames of the feed to messages of trust.proto and back.</summary>
internal static class FeedWire
{
    private const int IdOctets = AuthorKey.IdLength / 2;

    public static TrustFrame Write(FeedFrame frame) => frame switch
    {
        HeadsFrame heads => new TrustFrame { Heads = new TrustHeads { Heads = { heads.Heads.Select(Write) } } },
        LogWantFrame want => new TrustFrame { Want = new TrustWant { Author = Id(want.Author), After = (ulong)want.After, Forks = want.Forks } },
        LinesFrame lines => new TrustFrame
        {
            Lines = new TrustLines
            {
                Author = Id(lines.Author),
                Key = lines.Key is { } key ? ByteString.CopyFrom(Base64Url.DecodeFromChars(key)) : ByteString.Empty,
                Lines = { lines.Lines.Select(UnsafeByteOperations.UnsafeWrap) },
                Forks = { lines.Forks.Select(UnsafeByteOperations.UnsafeWrap) },
                End = lines.End is { } end ? Write(end) : null,
            },
        },
        _ => throw new ArgumentException("an unknown kind of frame", nameof(frame)),
    };

    /// <summary>Reads a frame; null for an unknown kind. False when it is malformed.</summary>
    public static bool TryRead(TrustFrame message, out FeedFrame? frame)
    {
        frame = null;
        switch (message.KindCase)
        {
            case TrustFrame.KindOneofCase.Heads:
                var heads = new List<FeedHead>(message.Heads.Heads.Count);
                foreach (var one in message.Heads.Heads)
                {
                    if (!TryRead(one, out var head))
                    {
                        return false;
                    }

                    heads.Add(head);
                }

                frame = new HeadsFrame(heads);
                return true;
            case TrustFrame.KindOneofCase.Want:
                frame = new LogWantFrame(Id(message.Want.Author), (long)message.Want.After, message.Want.Forks);
                return message.Want.Author.Length == IdOctets && message.Want.After <= int.MaxValue;
            case TrustFrame.KindOneofCase.Lines:
                return TryRead(message.Lines, out frame);
            default:
                return true;
        }
    }

    private static bool TryRead(TrustLines lines, out FeedFrame? frame)
    {
        FeedHead? end = null;
        frame = lines.Author.Length != IdOctets || (lines.End is not null && !TryRead(lines.End, out end)) ? null : new LinesFrame(Id(lines.Author))
        {
            Key = lines.Key.IsEmpty ? null : Base64Url.EncodeToString(lines.Key.Span),
            Lines = Memories(lines.Lines),
            Forks = Memories(lines.Forks),
            End = end,
        };
        return frame is not null;
    }

    private static bool TryRead(TrustHead head, [NotNullWhen(true)] out FeedHead? read)
    {
        read = head.Author.Length == IdOctets && head.Seq <= int.MaxValue && head.Forks <= int.MaxValue
            && head.Hash.Length == (head.Seq > 0 ? LineHash.Size : 0) && head.ForksHash.Length == (head.Forks > 0 ? LineHash.Size : 0)
            ? new FeedHead(Id(head.Author), (long)head.Seq, Hash(head.Hash), (int)head.Forks, Hash(head.ForksHash))
            : null;
        return read is not null;
    }

    private static TrustHead Write(FeedHead head) => new()
    {
        Author = Id(head.Author),
        Seq = (ulong)head.Seq,
        Hash = head.Seq > 0 ? Hash(head.Hash) : ByteString.Empty,
        Forks = (uint)head.Forks,
        ForksHash = head.Forks > 0 ? Hash(head.ForksHash) : ByteString.Empty,
    };

    private static ByteString Hash(LineHash hash)
    {
        var octets = new byte[LineHash.Size];
        hash.Write(octets);
        return UnsafeByteOperations.UnsafeWrap(octets);
    }

    private static LineHash Hash(ByteString octets) => octets.IsEmpty ? default : LineHash.Read(octets.Span);

    private static ByteString Id(string id) => UnsafeByteOperations.UnsafeWrap(Convert.FromHexString(id));

    private static string Id(ByteString id) => Convert.ToHexStringLower(id.Span);

    private static ReadOnlyMemory<byte>[] Memories(RepeatedField<ByteString> lines) => [.. lines.Select(line => line.Memory)];
}
