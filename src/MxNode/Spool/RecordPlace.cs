namespace ThrottleNet.MxNode.Spool;

/// <summary>Where a record is.</summary>
/// <param name="Segment">The file.</param>
/// <param name="Offset">Where its frame begins there.</param>
/// <param name="Frame">Its lengths.</param>
internal sealed record RecordPlace(Segment Segment, long Offset, RecordFrame Frame)
{
    public long TextOffset => Offset + RecordFrame.Length + Frame.HeadLength;
}
