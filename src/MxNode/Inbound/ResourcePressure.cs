using ThrottleNet.MxNode.Configuration;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>Says when the machine has too little memory or disk left to take mail; looked at about once a second.</summary>
internal sealed class ResourcePressure(NodeOptions node, SmtpOptions smtp, TimeProvider time)
{
    // A message may need its size on disk, and others come meanwhile.
    private const int MessagesOnDisk = 8;
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

    private bool Look()
    {
        var memory = GC.GetGCMemoryInfo();
        return memory.MemoryLoadBytes > memory.TotalAvailableMemoryBytes * 0.97
            || new DriveInfo(Path.GetFullPath(node.DataDirectory)).AvailableFreeSpace < smtp.MaxMessageSize * MessagesOnDisk;
    }
}
