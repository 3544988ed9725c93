using ThrottleNet.MxNode.Exchange;
using ThrottleNet.Protocol.Batches;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.MxNode.Tests.Exchange;

public sealed class StoredRangesTests
{
    [Fact]
    public void Any_number_of_ranges_is_read_back_as_written()
    {
        var ranges = Enumerable.Range(1, 10_000).Select(i => new AppliedRange(new OriginId((ulong)i, 7), 3, (ulong)i * 5, i % 2 == 0 ? [] : [5, 1])).ToList();
        var restored = StoredRanges.Read(StoredRanges.Write(ranges));
        Assert.Equal(ranges.Select(Text), restored.Select(Text));
    }

    [Fact]
    public void A_torn_or_foreign_file_gives_no_ranges()
    {
        var octets = StoredRanges.Write([new AppliedRange(new OriginId(1, 2), 3, 4, [5])]);
        for (var length = 0; length < octets.Length; length++)
        {
            Assert.Empty(StoredRanges.Read(octets.AsSpan(0, length)));
        }

        Assert.Empty(StoredRanges.Read([200, 1, 2, 3]));
        Assert.Empty(StoredRanges.Read([0]));
    }

    private static string Text(AppliedRange range) => $"{range.Origin} {range.Epoch} {range.Contiguous} {string.Join(',', range.Beyond)}";
}
