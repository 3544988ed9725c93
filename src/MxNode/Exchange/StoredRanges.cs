using System.Collections.Immutable;
using Google.Protobuf;
using ThrottleNet.Protocol.Exchange;
using Frame = ThrottleNet.Protocol.Exchange.Wire.Frame;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>The applied ranges of the stored counts, as octets: digest frames, each after its length.</summary>
internal static class StoredRanges
{
    /// <summary>The octets to be stored with the counts of this moment.</summary>
    public static async Task<byte[]> ExportAsync(ExchangeInputs inputs) => Write(await inputs.AskAsync((core, now) => core.Export(now), []));

    public static byte[] Write(IReadOnlyList<AppliedRange> holdings)
    {
        using var octets = new MemoryStream();
        foreach (var chunk in holdings.Chunk(ExchangeLimits.AppliedRanges))
        {
            FrameWriter.Write(new DigestFrame(ImmutableArray.Create(chunk), Answer: false)).WriteDelimitedTo(octets);
        }

        return octets.ToArray();
    }

    /// <summary>Reads such octets. Empty for anything else: the node then asks its peers for a snapshot.</summary>
    public static IReadOnlyList<AppliedRange> Read(ReadOnlySpan<byte> octets)
    {
        var holdings = new List<AppliedRange>();
        using var stream = new MemoryStream(octets.ToArray());
        try
        {
            while (stream.Position < stream.Length)
            {
                if (!FrameReader.TryRead(Frame.Parser.ParseDelimitedFrom(stream), out var frame) || frame is not DigestFrame digest)
                {
                    return [];
                }

                holdings.AddRange(digest.AppliedRanges);
            }
        }
        catch (InvalidProtocolBufferException)
        {
            return [];
        }

        return holdings;
    }
}
