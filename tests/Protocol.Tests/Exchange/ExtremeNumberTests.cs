using Google.Protobuf;
using ThrottleNet.Counting.Batches;
using ThrottleNet.Protocol.Batches;
using ThrottleNet.Protocol.Exchange;
using Wire = ThrottleNet.Protocol.Exchange.Wire;

namespace ThrottleNet.Protocol.Tests.Exchange;

/// <summary>Epochs and seqs at the ends of their range, from a hostile neighbour: no loop wraps, and no node sends frames that others refuse.</summary>
public sealed class ExtremeNumberTests
{
    private const long Start = 1_767_225_600_000;
    private const ulong Cap = 1ul << 53;

    // Ends the test if the core loops for ever; otherwise it takes well under a second.
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(60);

    private static readonly ulong[] Numbers =
    [
        0, 1, 2, 257, Cap - 257, Cap - 1, Cap, Cap + 1, 1ul << 63,
        .. Enumerable.Range(0, 4).Select(i => ulong.MaxValue - 256 - (ulong)i), ulong.MaxValue - 255, ulong.MaxValue - 1, ulong.MaxValue,
    ];

    private static readonly Dictionary<string, Func<TestNode, ulong, ulong, Wire.Frame>> Frames = new()
    {
        ["hello"] = (peer, n, _) => Write(peer.Hello() with { Epoch = n }),
        ["ack epoch"] = (_, n, _) => Write(new AckFrame(n, 1, 1, 1)),
        ["ack seq"] = (_, n, _) => Write(new AckFrame(1, n, 1, 1)),
        ["ack own epoch"] = (_, n, _) => Write(new AckFrame(1, 1, n, 1)),
        ["ack own seq"] = (_, n, _) => Write(new AckFrame(1, 1, 1, n)),
        ["delivery epoch"] = (peer, n, _) => Write(new DeliveryFrame(peer.Batch(n, 1, 4, Start), false, uint.MaxValue)),
        ["delivery seq"] = (peer, n, _) => Write(new DeliveryFrame(peer.Batch(1, n, 4, Start), true, uint.MaxValue)),
        ["digest epoch"] = (peer, n, _) => Write(new DigestFrame([new AppliedRange(peer.Member.Origin, n, 9, [5])], false)),
        ["digest contiguous"] = (peer, n, _) => Write(new DigestFrame([new AppliedRange(peer.Member.Origin, 1, n, [])], false)),
        ["digest beyond"] = (peer, n, _) => Write(new DigestFrame([new AppliedRange(peer.Member.Origin, 1, n, Full)], true)),
        ["want epoch"] = (peer, n, _) => Write(new WantFrame([new SeqRange(peer.Member.Origin, n, 1, 9)])),
        ["want one"] = (peer, n, _) => Write(new WantFrame([new SeqRange(peer.Member.Origin, 1, n, n)])),
        ["want many"] = (peer, n, _) => Write(new WantFrame([new SeqRange(peer.Member.Origin, 1, n - 255, n)])),
        ["unavailable epoch"] = (peer, n, _) => Write(new UnavailableFrame([new SeqRange(peer.Member.Origin, n, 1, 9)])),
        ["unavailable one"] = (peer, n, _) => Write(new UnavailableFrame([new SeqRange(peer.Member.Origin, 1, n, n)])),
        ["chunk epoch"] = (peer, n, id) => Write(new SnapshotChunkFrame(id, 0, true, [new AppliedRange(peer.Member.Origin, n, 9, Full)], [])),
        ["chunk contiguous"] = (peer, n, id) => Write(new SnapshotChunkFrame(id, 0, true, [new AppliedRange(peer.Member.Origin, 1, n, [])], [])),
        ["chunk beyond"] = (peer, n, id) => Write(new SnapshotChunkFrame(id, 0, true, [new AppliedRange(peer.Member.Origin, 1, n, Full)], [])),
        ["equivocation epoch"] = (peer, n, _) => Write(new EquivocationFrame(new EquivocationProof(peer.Batch(n, 1, 4, Start), peer.Batch(n, 1, 8, Start)))),
        ["equivocation seq"] = (peer, n, _) => Write(new EquivocationFrame(new EquivocationProof(peer.Batch(1, n, 4, Start), peer.Batch(1, n, 8, Start)))),
    };

    private static System.Collections.Immutable.ImmutableArray<byte> Full { get; } = [.. Enumerable.Repeat((byte)255, AppliedRange.MaxBeyond)];

    public static TheoryData<string> Kinds() => [.. Frames.Keys];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_core_survives_extreme_numbers_and_its_frames_stay_well_formed(string kind)
    {
        foreach (var n in Numbers)
            await Task.Run(() => Feed(kind, n)).WaitAsync(Guard, TimeProvider.System);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Numbers_above_the_cap_are_refused(string kind)
    {
        using var peer = new TestNode("peer");
        foreach (var n in Numbers.Where(n => n > Cap))
            Assert.False(FrameReader.TryRead(Frames[kind](peer, n, 1), out _), $"{n}");
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(7, true)]
    [InlineData(8, false)]
    public void The_cap_includes_the_bits_beyond_an_applied_range(int bit, bool fits)
    {
        var beyond = new byte[(bit / 8) + 1];
        beyond[^1] = (byte)(1 << (bit % 8));
        Assert.Equal(fits, FrameReader.TryRead(Write(new DigestFrame([new AppliedRange(new OriginId(1, 2), 1, Cap - 8, [.. beyond])], false)), out _));
    }

    [Theory]
    [InlineData(Cap, 1)]
    [InlineData(Cap - 1, 2)]
    public void An_origin_that_jumps_to_the_last_numbers_breaks_no_link_between_other_nodes(ulong first, int count)
    {
        using var a = new TestNode("a");
        using var b = new TestNode("b");
        using var leaper = new TestNode("leaper");
        TestNode.Link(a, b, Start);
        var link = a.LinkTo(leaper, Start);
        for (var i = 0; i < count; i++)
            Receive(a, Start, link, Write(new DeliveryFrame(leaper.Batch(1, first + (ulong)i, 4, Start), false, 0)));
        TestNode.Pass(Start, 200_000, a, b); // gaps are given up after two minutes
        Assert.Equal(count, b.UnitsApplied);
        Assert.True(Assert.Single(a.Core.Neighbours).Ready);
        Assert.All(a.Sent.Concat(b.Sent), f => Assert.True(FrameReader.TryRead(FrameWriter.Write(f), out _), f.ToString()));
    }

    private static void Feed(string kind, ulong n)
    {
        using var node = new TestNode("node", restored: []);
        using var peer = new TestNode("peer");
        using var other = new TestNode("other");
        var link = kind == "hello" ? new LinkId(1) : node.LinkTo(peer, Start);
        if (kind == "hello")
            node.Core.LinkUp(Start, link, peer.Member, null);
        node.LinkTo(other, Start);
        node.Outbox.Add(TestNode.Host);
        var now = TestNode.Pass(Start, 6000, node); // by then it has asked for a snapshot
        Receive(node, now, link, Frames[kind](peer, n, node.Sent.OfType<SnapshotRequestFrame>().LastOrDefault()?.Id ?? 0));
        for (var i = 0; i < 15; i++)
        {
            for (var second = 0; second < 10; second++)
                node.Core.Tick(now += 1000);
            node.LinkTo(other, now); // gets a digest
            node.Core.Receive(now, node.LinkTo(peer, now), new DigestFrame([], false), 10);
        }

        Assert.NotEmpty(node.Core.Export(now));
        node.Take();
        Assert.All(node.Sent, f => Assert.True(FrameReader.TryRead(Write(f), out _), $"{n}: {f}"));
    }

    private static void Receive(TestNode node, long now, LinkId link, Wire.Frame message)
    {
        if (FrameReader.TryRead(message, out var frame))
            node.Core.Receive(now, link, frame, message.CalculateSize());
        else
            node.Core.Malformed(now, link);
    }

    private static Wire.Frame Write(Frame frame) => Wire.Frame.Parser.ParseFrom(FrameWriter.Write(frame).ToByteArray());
}
