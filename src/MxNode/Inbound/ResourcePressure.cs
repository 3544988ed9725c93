using ThrottleNet.MxNode.Configuration;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>Says when the machine has too little memory or disk left to take mail; looked at about once a second.</summary>
internal sealed class ResourcePressure(NodeOptions node, SmtpOptions smtp, TimeProvider time)
{
    // A message may need its size on disk, and others come meanwhile.
    private const int MessagesOnDisk = 8;
    private const double MemoryShare = 0.9;
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private long _looked = long.MinValue;
    private volatile bool _short;

    public bool IsShort()
    {
        var now = time.GetTimestamp();
        var looked = Interlocked.Read(ref _looked);
        if ((looked == long.MinValue || time.GetElapsedTime(looked, now) >= LookEvery) && Interlocked.CompareExchange(ref _looked, now, looked) == looked)
        {
            _short = Look();
        }

        return _short;
    }

    // The memory available is the container's where there is one; what the collector saw last may be long ago, so the process is asked.
    private bool Look() =>
        Environment.WorkingSet > GC.GetGCMemoryInfo().TotalAvailableMemoryBytes * MemoryShare
            || new DriveInfo(Path.GetFullPath(node.DataDirectory)).AvailableFreeSpace < smtp.MaxMessageSize * MessagesOnDisk;
}
