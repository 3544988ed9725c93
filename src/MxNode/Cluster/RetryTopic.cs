using System.Runtime.InteropServices;
using ThrottleNet.Cluster.Log;
using ThrottleNet.Counting;
using ThrottleNet.MxNode.Cluster.News;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>
/// The retry memory of the cluster's nodes: a retry that comes to another node than the attempt before it is known as a retry. The hashes of envelopes have one
/// key in the whole cluster, that of its oldest node. A node that starts with another key takes over the oldest one's and its memory.
/// </summary>
internal sealed class RetryTopic(CountingEngine engine, NewsBuffer<RetryNote> notes, NodeView view, NodeStart start) : NewsTopic("retries")
{
    private const byte Notes = 1;
    private const byte Memory = 2;

    // The kind and the key's two words.
    private const int HeaderOctets = 1 + (2 * sizeof(ulong));

    public override byte[]? TakeNews()
    {
        if (notes.TakeAll() is not { Count: > 0 } taken)
        {
            return null;
        }

        return Write(Notes, MemoryMarshal.AsBytes(taken.Select(n => new Wire(n.Envelope, n.Time, n.State)).ToArray().AsSpan()));
    }

    public override byte[] ReadAll() => Write(Memory, MemoryMarshal.AsBytes(engine.ReadRetries().AsSpan()));

    public override void Apply(byte[] news, NodeId from)
    {
        if (news.Length < HeaderOctets)
        {
            throw new InvalidDataException("the key is missing");
        }

        var key = MemoryMarshal.Cast<byte, ulong>(news.AsSpan(1, HeaderOctets - 1));
        var secret = new RetrySecret(key[0], key[1]);
        if (secret != engine.ReadRetrySecret())
        {
            if (!IsOlder(from))
            {
                return;
            }

            engine.TakeRetrySecret(secret);
        }

        var rest = news.AsSpan(HeaderOctets);
        switch (news[0])
        {
            case Notes:
                foreach (var note in MemoryMarshal.Cast<byte, Wire>(rest))
                {
                    engine.Remember(new RetryNote(note.Envelope, note.Time, note.State), view.Now);
                }

                break;
            case Memory:
                engine.MergeRetries(MemoryMarshal.Cast<byte, ulong>(rest), view.Now);
                break;
        }
    }

    private bool IsOlder(NodeId from) =>
        view.View.Find(from.Name) is { } sender && (sender.Started, sender.Node.Name).CompareTo((start.Started, start.Name)) < 0;

    private byte[] Write(byte kind, ReadOnlySpan<byte> rest)
    {
        var secret = engine.ReadRetrySecret();
        var octets = new byte[HeaderOctets + rest.Length];
        octets[0] = kind;
        var key = MemoryMarshal.Cast<byte, ulong>(octets.AsSpan(1, HeaderOctets - 1));
        (key[0], key[1]) = (secret.First, secret.Second);
        rest.CopyTo(octets.AsSpan(HeaderOctets));
        return octets;
    }

    [StructLayout(LayoutKind.Sequential, Pack = 2)]
    private readonly record struct Wire(ulong Envelope, long Time, ushort State);
}
