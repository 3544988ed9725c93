using ThrottleNet.Cluster.Members;
using ThrottleNet.Cluster.Wire;

namespace ThrottleNet.Cluster.Log;

/// <summary>Everything that a <see cref="ShardLog"/> knows, for a migration: the log goes on at another host as the same generation.</summary>
/// <param name="Generation">As before the migration.</param>
/// <param name="First">The first position.</param>
/// <param name="Entries">The log from there on.</param>
/// <param name="Marks">What the log contains or contained.</param>
/// <param name="View">The merge of all views that came to it.</param>
/// <param name="Readers">The readers and their cursors.</param>
/// <param name="Gateways">What gateways said of their links.</param>
/// <param name="Forgotten">What the nodes have forgotten of earlier generations.</param>
/// <param name="Running">The milliseconds for which the log has run.</param>
/// <param name="Settled">The order is valid.</param>
/// <param name="Alone">All gateways are alone.</param>
internal sealed record ShardLogState(
    Generation Generation,
    long First,
    IReadOnlyList<LogEntry> Entries,
    SequenceMarks Marks,
    ClusterView View,
    IReadOnlyList<ReaderState> Readers,
    IReadOnlyList<GatewayState> Gateways,
    IReadOnlyList<ForgottenMark> Forgotten,
    long Running,
    bool Settled,
    bool Alone)
{
    public byte[] Encode()
    {
        var writer = new WireWriter();
        writer.Generation(Generation);
        writer.Signed(First);
        writer.Entries(Entries);
        writer.Marks(Marks);
        writer.View(View);
        writer.Count(Readers.Count);
        foreach (var reader in Readers)
        {
            writer.Node(reader.Node);
            writer.Signed(reader.Cursor);
            writer.Signed(reader.Heard);
            writer.Flag(reader.Resent);
            writer.Flag(reader.Expired);
        }

        writer.Count(Gateways.Count);
        foreach (var gateway in Gateways)
        {
            writer.Text(gateway.Name);
            writer.Links(gateway.Links);
            writer.Signed(gateway.Heard);
        }

        writer.Forgets(Forgotten);
        writer.Signed(Running);
        writer.Flag(Settled);
        writer.Flag(Alone);
        return writer.ToArray();
    }

    /// <exception cref="InvalidDataException">The octets are not what <see cref="Encode"/> writes.</exception>
    public static ShardLogState Decode(ReadOnlySpan<byte> octets)
    {
        var wire = new WireReader(octets);
        var (generation, first, entries, marks, view) =
            (wire.Generation(), wire.Signed(), wire.Entries(2 * ClusterLimits.MaxLog), wire.Marks(), wire.View());
        var readers = new List<ReaderState>();
        for (var left = wire.Count(ClusterLimits.MaxMembers); left > 0; left--)
            readers.Add(new ReaderState(wire.Node(), wire.Signed(), wire.Signed(), wire.Flag(), wire.Flag()));
        var gateways = new List<GatewayState>();
        for (var left = wire.Count(ClusterLimits.MaxMembers); left > 0; left--)
            gateways.Add(new GatewayState(wire.Text(), wire.Links(), wire.Signed()));
        return new ShardLogState(generation, first, entries, marks, view, readers, gateways, wire.Forgets(), wire.Signed(), wire.Flag(), wire.Flag());
    }
}

/// <summary>A reader of a log.</summary>
/// <param name="Node">The latest incarnation.</param>
/// <param name="Cursor">It has read past the positions below.</param>
/// <param name="Heard">When it pushed last, by the log's running clock.</param>
/// <param name="Resent">It has nothing left to resend.</param>
/// <param name="Expired">It was silent for too long.</param>
internal readonly record struct ReaderState(NodeId Node, long Cursor, long Heard, bool Resent, bool Expired);

/// <summary>What a gateway said of its links.</summary>
/// <param name="Name">The gateway's name.</param>
/// <param name="Links">The state of its links.</param>
/// <param name="Heard">When it said so, by the log's running clock.</param>
internal readonly record struct GatewayState(string Name, GatewayLinks Links, long Heard);
