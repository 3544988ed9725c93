using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Members;

namespace ThrottleNet.Cluster.Wire;

/// <summary>Views of the membership and marks as octets.</summary>
internal static class ViewWire
{
    public static void View(this WireWriter writer, ClusterView view)
    {
        var members = view.Members.ToList();
        writer.Count(members.Count);
        foreach (var member in members)
        {
            writer.Node(member.Node);
            writer.Number(member.Version);
            writer.Byte((byte)member.State);
            writer.Flag(member.Gateway);
            writer.Signed(member.Started);
        }
    }

    public static ClusterView View(this ref WireReader reader)
    {
        var view = ClusterView.Empty;
        for (var left = reader.Count(ClusterLimits.MaxMembers); left > 0; left--)
        {
            var (node, version, state) = (reader.Node(), reader.Number(), (MemberState)reader.Byte());
            if (!Enum.IsDefined(state))
                throw new InvalidDataException("a member has an unknown state");
            view = view.With(new ClusterMember(node, version, state, reader.Flag(), reader.Signed()));
        }

        return view;
    }

    public static void Marks(this WireWriter writer, SequenceMarks marks)
    {
        var (sources, batches) = (marks.Sources, marks.Batches);
        writer.Count(sources.Count);
        foreach (var (source, seq) in sources)
        {
            writer.Node(source);
            writer.Number(seq);
        }

        writer.Count(batches.Count);
        foreach (var (origin, epoch, window) in batches)
        {
            writer.Key(new PeerBatchKey(origin, epoch, window.Highest));
            foreach (var word in window.Words)
                writer.Fixed(word);
        }
    }

    public static SequenceMarks Marks(this ref WireReader reader)
    {
        var marks = new SequenceMarks();
        for (var left = reader.Count(ClusterLimits.MaxMembers); left > 0; left--)
            marks.Restore(reader.Node(), reader.Number());
        for (var left = reader.Count(ClusterLimits.MaxEpochs); left > 0; left--)
        {
            var key = reader.Key();
            var words = new ulong[SeqWindow.Width / 64];
            for (var i = 0; i < words.Length; i++)
                words[i] = reader.Fixed();
            marks.Restore(key.Origin, key.Epoch, new SeqWindow(key.Seq, words));
        }

        return marks;
    }
}
