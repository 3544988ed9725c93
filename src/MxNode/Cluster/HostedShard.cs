using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Members;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>The log of a shard that this silo hosts. Pushes reach it beside the turns of its grain. Thread-safe.</summary>
internal sealed class HostedShard(ShardLog log, NodeView node)
{
    private readonly Lock _lock = new();
    private ClusterView? _view;
    private bool _isSealed;

    /// <summary>Entries in the log.</summary>
    public int Length
    {
        get
        {
            lock (_lock)
            {
                return (int)(log.End - log.First);
            }
        }
    }

    /// <summary>Takes a push and answers it; null if the log has moved to another silo.</summary>
    public PushReply? Push(Push push)
    {
        lock (_lock)
        {
            if (_isSealed)
            {
                return null;
            }

            TakeView();
            return log.Push(node.Now, push);
        }
    }

    /// <summary>Time passed.</summary>
    public void Tick()
    {
        lock (_lock)
        {
            TakeView();
            log.Tick(node.Now);
        }
    }

    /// <inheritdoc cref="ShardLog.Seal"/>
    public byte[] Seal()
    {
        lock (_lock)
        {
            _isSealed = true;
            return log.Seal();
        }
    }

    private void TakeView()
    {
        var view = node.View;
        if (!ReferenceEquals(view, _view))
        {
            _view = view;
            log.SetView(node.Now, view);
        }
    }
}
