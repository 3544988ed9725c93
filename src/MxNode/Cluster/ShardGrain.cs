using System.Security.Cryptography;
using Orleans.Runtime.Placement;
using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Wire;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>One activation of a shard: its <see cref="ShardLog"/>, which migrates with it.</summary>
[ShardPlacement]
internal sealed class ShardGrain(NodeView node, ShardOwners owners, HostedShards shards, IGrainContext context) : Grain, IShardGrain, IGrainMigrationParticipant
{
    private const string LogKey = "log";

    // A push brings the log up to date. Without pushes, the tick forgets silent readers, and moves the shard to a node that has joined.
    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(500);

    private HostedShard? _hosted;

    private long Shard => this.GetPrimaryKeyLong();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _hosted ??= new HostedShard(new ShardLog(new Generation(BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)))), node.View, node.Now), node);
        this.RegisterGrainTimer(TickAsync, new GrainTimerCreationOptions(TickInterval, TickInterval) { Interleave = true, KeepAlive = true });
        shards.Add(Shard, _hosted);
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        shards.Remove(Shard, _hosted!);
        return Task.CompletedTask;
    }

    public Task<byte[]> PushAsync(byte[] push)
    {
        using var span = NodeTracing.Take("take counts", RequestContext.Get(ShardCalls.TraceKey) as string);
        return Task.FromResult(PushWire.Encode(_hosted!.Push(PushWire.DecodePush(push)) ?? throw new InvalidOperationException($"shard {Shard} has moved")));
    }

    public void OnDehydrate(IDehydrationContext dehydrationContext) => dehydrationContext.AddBytes(LogKey, _hosted!.Seal());

    public void OnRehydrate(IRehydrationContext rehydrationContext)
    {
        if (rehydrationContext.TryGetBytes(LogKey, out var octets))
        {
            _hosted = new HostedShard(ShardLog.Migrated(System.Buffers.BuffersExtensions.ToArray(octets), node.Now), node);
        }
    }

    private Task TickAsync()
    {
        _hosted!.Tick();
        if (owners.OwnerElsewhere(context.GrainId, context.Address.SiloAddress!) is { } owner)
        {
            RequestContext.Set(IPlacementDirector.PlacementHintKey, owner);
            MigrateOnIdle();
        }

        return Task.CompletedTask;
    }
}
