using ThrottleNet.Counting;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.MxNode.Simulate;

/// <summary>What a simulated node has on its disk: the stored counts, and which batches they are made of.</summary>
internal sealed class SimStore
{
    private readonly byte[] _counts = [];
    private readonly byte[] _holdings = [];

    public SimStore()
    {
    }

    public SimStore(CountingEngine counts, IReadOnlyList<AppliedRange> ranges, long now)
    {
        using var stream = new MemoryStream();
        counts.WriteTo(stream, now);
        _counts = stream.ToArray();
        _holdings = StoredRanges.Write(ranges);
    }

    public IReadOnlyList<AppliedRange> AppliedRanges => StoredRanges.Read(_holdings);

    public void Restore(CountingEngine counts, long now)
    {
        if (_counts.Length > 0)
        {
            using var stream = new MemoryStream(_counts);
            counts.ReadFrom(stream, now);
        }
    }
}
