using System.Collections.Immutable;
using ThrottleNet.Cluster.Log;

namespace ThrottleNet.Cluster.Wire;

/// <summary>The entries of a log as octets.</summary>
internal static class EntryWire
{
    private const byte Counts = 1;
    private const byte Batch = 2;
    private const byte Report = 3;
    private const byte Complete = 4;
    private const byte Peers = 5;
    private const byte Settled = 6;
    private const byte Forgotten = 7;

    public static void Entries(this WireWriter writer, IReadOnlyCollection<LogEntry> entries)
    {
        writer.Count(entries.Count);
        foreach (var entry in entries)
            Entry(writer, entry);
    }

    public static ImmutableArray<LogEntry> Entries(this ref WireReader reader, int max)
    {
        var entries = ImmutableArray.CreateBuilder<LogEntry>(reader.Count(max));
        while (entries.Count < entries.Capacity)
            entries.Add(Entry(ref reader));
        return entries.MoveToImmutable();
    }

    public static void Forgets(this WireWriter writer, IReadOnlyCollection<ForgottenMark> marks)
    {
        writer.Count(marks.Count);
        foreach (var mark in marks)
        {
            writer.Generation(mark.Generation);
            writer.Signed(mark.Below);
        }
    }

    public static ImmutableArray<ForgottenMark> Forgets(this ref WireReader reader)
    {
        var marks = ImmutableArray.CreateBuilder<ForgottenMark>(reader.Count(ClusterLimits.MaxMembers));
        while (marks.Count < marks.Capacity)
            marks.Add(new ForgottenMark(reader.Generation(), reader.Signed()));
        return marks.MoveToImmutable();
    }

    public static void Entry(this WireWriter writer, LogEntry entry)
    {
        switch (entry)
        {
            case CountsEntry e:
                writer.Byte(Counts);
                writer.Node(e.Source);
                writer.Number(e.Seq);
                writer.Generation(e.Home);
                writer.Signed(e.Time);
                writer.Counts(e.Counts);
                break;
            case BatchEntry e:
                writer.Byte(Batch);
                writer.Key(e.Key);
                writer.Text(e.Operator);
                writer.Signed(e.Time);
                writer.Counts(e.Part);
                break;
            case ReportMark e:
                writer.Byte(Report);
                writer.Node(e.Gateway);
                break;
            case CompleteMark e:
                writer.Byte(Complete);
                writer.Signed(e.From);
                writer.Signed(e.To);
                break;
            case PeersMark e:
                writer.Byte(Peers);
                writer.Flag(e.Gateway is not null);
                if (e.Gateway is { } gateway)
                    writer.Node(gateway);
                writer.Flag(e.Linked);
                writer.Flag(e.Alone);
                break;
            case SettledMark e:
                writer.Byte(Settled);
                writer.Flag(e.Alone);
                break;
            case ForgottenMark e:
                writer.Byte(Forgotten);
                writer.Generation(e.Generation);
                writer.Signed(e.Below);
                break;
        }
    }

    public static LogEntry Entry(this ref WireReader reader) => reader.Byte() switch
    {
        Counts => new CountsEntry(reader.Node(), reader.Number(), reader.Generation(), reader.Signed(), reader.Counts()),
        Batch => new BatchEntry(reader.Key(), reader.Text(), reader.Signed(), reader.Counts()),
        Report => new ReportMark(reader.Node()),
        Complete => new CompleteMark(reader.Signed(), reader.Signed()),
        Peers => new PeersMark(reader.Flag() ? reader.Node() : null, reader.Flag(), reader.Flag()),
        Settled => new SettledMark(reader.Flag()),
        Forgotten => new ForgottenMark(reader.Generation(), reader.Signed()),
        _ => throw new InvalidDataException("an entry has an unknown kind"),
    };
}
