using System.Collections.Immutable;
using Google.Protobuf;
using ThrottleNet.Protocol.Exchange;
using Frame = ThrottleNet.Protocol.Exchange.Wire.Frame;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>The applied ranges of the stored counts, as octets: digest frames, each after its length.</summary>
internal static class StoredHoldings
{
    /// <summary>The octets to store with the counts of this moment.</summary>
    public static async Task<byte[]> ExportAsync(ExchangeInputs inputs) => Write(await inputs.AskAsync((core, now) => core.Export(now), []));

    public static byte[] Write(IReadOnlyList<Holding> holdings)
    {
        using var octets = new MemoryStream();
        foreach (var chunk in holdings.Chunk(ExchangeLimits.Holdings))
        {
            FrameWriter.Write(new DigestFrame(ImmutableArray.Create(chunk), Answer: false)).WriteDelimitedTo(octets);
        }

        return octets.ToArray();
    }

    /// <summary>Reads the octets. The result is empty for malformed octets: the node then asks its peers for a snapshot.</summary>
    public static IReadOnlyList<Holding> Read(ReadOnlySpan<byte> octets)
    {
        var holdings = new List<Holding>();
        using var stream = new MemoryStream(octets.ToArray());
        try
        {
            while (stream.Position < stream.Length)
            {
                if (!FrameReader.TryRead(Frame.Parser.ParseDelimitedFrom(stream), out var frame) || frame is not DigestFrame digest)
                {
                    return [];
                }

                holdings.AddRange(digest.Holdings);
            }
        }
        catch (InvalidProtocolBufferException)
        {
            return [];
        }

        return holdings;
    }
}
