using System.Collections.Immutable;
using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Members;

namespace ThrottleNet.Cluster.Wire;

/// <summary>The one call of the protocol as octets. The nodes of a cluster run one version, or two during an upgrade; the first octet says which.</summary>
public static class PushWire
{
    private const byte Version = 1;
    private const byte Taken = 1;
    private const byte Elsewhere = 2;
    private const byte Trimmed = 3;

    public static byte[] Encode(Push push)
    {
        var writer = new WireWriter();
        writer.Byte(Version);
        writer.Node(push.Node);
        writer.Signed(push.Number);
        writer.Flag(push.Generation is not null);
        if (push.Generation is { } generation)
            writer.Generation(generation);
        writer.Signed(push.Cursor);
        writer.Entries(push.Entries);
        writer.Flag(push.Resent);
        writer.Flag(push.Links is not null);
        if (push.Links is { } links)
            writer.Links(links);
        writer.Flag(push.View is not null);
        if (push.View is { } view)
            writer.View(view);
        writer.Forgets(push.Forgotten);
        return writer.ToArray();
    }

    /// <exception cref="InvalidDataException">The octets are not what <see cref="Encode(Push)"/> writes.</exception>
    public static Push DecodePush(ReadOnlySpan<byte> octets)
    {
        var reader = Begin(octets);
        var push = new Push(
            reader.Node(),
            reader.Signed(),
            reader.Flag() ? reader.Generation() : null,
            reader.Signed(),
            reader.Entries(ClusterLimits.MaxPushEntries),
            reader.Flag(),
            reader.Flag() ? reader.Links() : null,
            reader.Flag() ? reader.View() : null,
            reader.Forgets());
        return reader.IsAtEnd && push.Cursor >= 0 ? push : throw new InvalidDataException("a push is malformed");
    }

    public static byte[] Encode(PushReply reply)
    {
        var writer = new WireWriter();
        writer.Byte(Version);
        writer.Byte(reply switch { PushTaken => Taken, PushElsewhere => Elsewhere, _ => Trimmed });
        writer.Generation(reply.Generation);
        writer.Signed(reply.Start);
        if (reply is PushTaken taken)
        {
            writer.Signed(taken.From);
            writer.Entries(taken.News);
            writer.Signed(taken.End);
        }
        else if (reply is PushElsewhere elsewhere)
        {
            writer.Marks(elsewhere.Contained);
        }

        return writer.ToArray();
    }

    /// <exception cref="InvalidDataException">The octets are not what <see cref="Encode(PushReply)"/> writes.</exception>
    public static PushReply DecodeReply(ReadOnlySpan<byte> octets)
    {
        var reader = Begin(octets);
        var (kind, generation, start) = (reader.Byte(), reader.Generation(), reader.Signed());
        PushReply reply = kind switch
        {
            Taken => new PushTaken(generation, reader.Signed(), reader.Entries(ClusterLimits.MaxNews), reader.Signed(), start),
            Elsewhere => new PushElsewhere(generation, reader.Marks(), start),
            Trimmed => new PushTrimmed(generation, start),
            _ => throw new InvalidDataException("a reply has an unknown kind"),
        };
        return reader.IsAtEnd ? reply : throw new InvalidDataException("a reply is too long");
    }

    internal static void Links(this WireWriter writer, GatewayLinks links) => writer.Byte((byte)((links.Linked ? 1 : 0) | (links.Alone ? 2 : 0)));

    internal static GatewayLinks Links(this ref WireReader reader)
    {
        var bits = reader.Byte();
        return new GatewayLinks((bits & 1) != 0, (bits & 2) != 0);
    }

    private static WireReader Begin(ReadOnlySpan<byte> octets)
    {
        var reader = new WireReader(octets);
        return reader.Byte() == Version ? reader : throw new InvalidDataException("the call is of another version of the program");
    }
}
