using ThrottleNet.MxNode.Exchange;
using ThrottleNet.Protocol.Batches;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.MxNode.Tests.Exchange;

public sealed class StoredRangesTests
{
    [Fact]
    public void They_come_back_as_they_were_however_many()
    {
        var holdings = Enumerable.Range(1, 10_000).Select(i => new AppliedRange(new OriginId((ulong)i, 7), 3, (ulong)i * 5, i % 2 == 0 ? [] : [5, 1])).ToList();
        var restored = StoredRanges.Read(StoredRanges.Write(holdings));
        Assert.Equal(holdings.Select(Text), restored.Select(Text));
    }

    [Fact]
    public void What_is_cut_off_or_something_else_gives_none()
    {
        var octets = StoredRanges.Write([new AppliedRange(new OriginId(1, 2), 3, 4, [5])]);
        for (var length = 0; length < octets.Length; length++)
        {
            Assert.Empty(StoredRanges.Read(octets.AsSpan(0, length)));
        }

        Assert.Empty(StoredRanges.Read([200, 1, 2, 3]));
        Assert.Empty(StoredRanges.Read([0]));
    }

    private static string Text(AppliedRange holding) => $"{holding.Origin} {holding.Epoch} {holding.Contiguous} {string.Join(',', holding.Beyond)}";
}
