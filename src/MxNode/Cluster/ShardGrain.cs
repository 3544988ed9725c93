using System.Security.Cryptography;
using Orleans.Runtime.Placement;
using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Members;
using ThrottleNet.Cluster.Wire;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>One activation of a shard: its <see cref="ShardLog"/>, which migrates with it.</summary>
[ShardPlacement]
internal sealed class ShardGrain(NodeView node, ShardOwners owners, IGrainContext context) : Grain, IShardGrain, IGrainMigrationParticipant
{
    private const string LogKey = "log";
    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(100);

    private ShardLog? _log;
    private ClusterView? _view;
    private int _length;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _log ??= new ShardLog(new Generation(BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)))), node.View, node.Now);
        this.RegisterGrainTimer(TickAsync, new GrainTimerCreationOptions(TickInterval, TickInterval) { Interleave = true, KeepAlive = true });
        owners.CountHosted(1);
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        owners.CountHosted(-1);
        owners.CountEntries(-_length);
        _length = 0;
        return Task.CompletedTask;
    }

    public Task<byte[]> PushAsync(byte[] push)
    {
        using var span = NodeTracing.Take("take counts", RequestContext.Get(ShardCalls.TraceKey) as string);
        TakeView();
        return Task.FromResult(PushWire.Encode(_log!.Push(node.Now, PushWire.DecodePush(push))));
    }

    public void OnDehydrate(IDehydrationContext dehydrationContext) => dehydrationContext.AddBytes(LogKey, _log!.Seal());

    public void OnRehydrate(IRehydrationContext rehydrationContext)
    {
        if (rehydrationContext.TryGetBytes(LogKey, out var octets))
        {
            _log = ShardLog.Migrated(System.Buffers.BuffersExtensions.ToArray(octets), node.Now);
        }
    }

    private Task TickAsync()
    {
        TakeView();
        _log!.Tick(node.Now);
        var length = (int)(_log.End - _log.First);
        owners.CountEntries(length - _length);
        _length = length;
        if (owners.OwnerElsewhere(context.GrainId, context.Address.SiloAddress!) is { } owner)
        {
            RequestContext.Set(IPlacementDirector.PlacementHintKey, owner);
            MigrateOnIdle();
        }

        return Task.CompletedTask;
    }

    private void TakeView()
    {
        var view = node.View;
        if (!ReferenceEquals(view, _view))
        {
            _view = view;
            _log!.SetView(node.Now, view);
        }
    }
}
