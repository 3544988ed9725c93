namespace ThrottleNet.MxNode.Spool;

/// <summary>The names of the files that one run of the node adds to a queue's folder. Not thread-safe.</summary>
/// <param name="folder">Where the files are.</param>
/// <param name="run">The number of this run.</param>
/// <param name="nextNumber">Higher than that of each file in the folder.</param>
internal sealed class SegmentSeries(string folder, long run, long nextNumber)
{
    private long _nextNumber = nextNumber;

    public string Folder => folder;

    /// <summary>The next file, which is not on disk yet.</summary>
    public Segment CreateNext() => Segment.Create(folder, _nextNumber++, run);
}
