using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Members;
using ThrottleNet.Cluster.Nodes;
using ThrottleNet.Cluster.Wire;

namespace ThrottleNet.Cluster.Tests;

/// <summary>The simulator sends every call, copy and migration through the wire formats; here stands what it does not meet.</summary>
public sealed class WireTests
{
    private static readonly NodeId Node = new("n1", 7);

    private static readonly Push Full = new(
        Node, 3, new Generation(9), 5,
        [
            new CountsEntry(Node, 1, new Generation(9), 1000, new([Keys.Unit(Keys.Of(0, 1, 1))], [])),
            new BatchEntry(new PeerBatchKey(UInt128.MaxValue, 2, 3), "op", 1000, new([], [Keys.Unit(Keys.Of(0, 1, 2))])),
            new ReportMark(Node), new CompleteMark(1, 2), new PeersMark(Node, true, false), new PeersMark(null, false, true), new SettledMark(true),
            new ForgottenMark(new Generation(4), 8),
        ],
        Resent: true, new GatewayLinks(true, false), ClusterView.Empty.With(new ClusterMember(Node, 1, MemberState.Live, true, -5)),
        [new ForgottenMark(new Generation(2), 11)]);

    [Fact]
    public void A_push_comes_back_as_it_was()
    {
        var octets = PushWire.Encode(Full);
        var read = PushWire.DecodePush(octets);
        Assert.Equal(Full.Entries.Select(e => e.GetType()), read.Entries.Select(e => e.GetType()));
        Assert.Equal((Full.Node, Full.Number, Full.Generation, Full.Cursor, Full.Links), (read.Node, read.Number, read.Generation, read.Cursor, read.Links));
        Assert.Equal(Full.View!.Members, read.View!.Members);
        Assert.Equal(octets, PushWire.Encode(read));
    }

    // During an upgrade nodes of two versions run in one cluster. A change needs a new version in the first octet, and a golden file of its own.
    [Fact]
    public void Calls_have_the_octets_of_the_golden_file_of_version_1()
    {
        var marks = new SequenceMarks();
        Assert.True(marks.TryAdd(Full.Entries[0]));
        PushReply[] replies = [new PushTaken(new Generation(9), 5, [new SettledMark(true)], 6, 2), new PushElsewhere(new Generation(9), marks, 2), new PushTrimmed(new Generation(9), 2)];
        IEnumerable<byte[]> calls = [PushWire.Encode(Full), .. replies.Select(PushWire.Encode)];
        Assert.Equal(File.ReadLines(Path.Combine(Folder(), "push.golden")), calls.Select(Convert.ToHexStringLower));
        static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
    }

    [Fact]
    public void A_copy_of_another_version_is_refused()
    {
        var state = new GenerationState(new Generation(9));
        var octets = CopyWire.Encode(new ShardCopy(state, new SequenceMarks(), [], [], ImmutableDictionary<Generation, long>.Empty, []));
        Assert.Equal(new Generation(9), CopyWire.Decode(octets).State.Generation);
        octets[0]++;
        Assert.Contains("version 2", Assert.Throws<InvalidDataException>(() => CopyWire.Decode(octets)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_push_cut_off_anywhere_is_refused()
    {
        var octets = PushWire.Encode(Full);
        for (var length = 0; length < octets.Length; length++)
            Assert.Throws<InvalidDataException>(() => PushWire.DecodePush(octets.AsSpan(0, length)));
    }

    [Fact]
    public void A_count_beyond_the_octets_that_came_is_refused()
    {
        byte[] octets = [1, 1, (byte)'a', 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f];
        Assert.Throws<InvalidDataException>(() => PushWire.DecodePush(octets));
    }

    [Fact]
    public void Octets_changed_anywhere_are_refused_or_read_but_fail_in_no_other_way()
    {
        var octets = PushWire.Encode(Full);
        var refused = 0;
        for (var at = 0; at < octets.Length; at++)
        {
            foreach (var bit in Enumerable.Range(0, 8))
            {
                var changed = octets.ToArray();
                changed[at] ^= (byte)(1 << bit);
                try
                {
                    PushWire.DecodePush(changed);
                }
                catch (InvalidDataException)
                {
                    refused++;
                }
            }
        }

        Assert.True(refused > octets.Length);
    }

    [Fact]
    public void A_sealed_log_goes_on_elsewhere_and_takes_nothing_more()
    {
        var log = new ShardLog(new Generation(9), Full.View!, 0);
        var push = Full with { Cursor = 0, Entries = Full.Entries[..1], View = null };
        log.Push(0, push);
        var moved = ShardLog.Migrated(log.Seal(), 5000);
        Assert.Throws<InvalidOperationException>(() => log.Push(10, push));
        var reply = Assert.IsType<PushTaken>(moved.Push(5010, push with { Number = 4 }));
        Assert.Equal(log.Generation, reply.Generation);
        Assert.Single(reply.News.OfType<CountsEntry>());
    }
}
