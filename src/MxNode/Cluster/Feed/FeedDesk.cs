using System.Collections.Concurrent;
using ThrottleNet.MxNode.Trust.Feed;

namespace ThrottleNet.MxNode.Cluster.Feed;

/// <summary>The feeds that other nodes of the cluster opened to this one. Thread-safe.</summary>
internal sealed class FeedDesk(FeedHub hub, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<(string Node, Guid Feed), FeedPipe> _pipes = new();

    /// <summary>Takes frames of another node, and gives those for it.</summary>
    /// <param name="node">The node's name.</param>
    /// <param name="feed">The feed that it opened.</param>
    /// <param name="opens">Whether this is the first call of the feed.</param>
    /// <param name="frames">Its frames.</param>
    /// <returns>Null when the feed has ended.</returns>
    public async Task<byte[][]?> ExchangeAsync(string node, Guid feed, bool opens, byte[][] frames)
    {
        foreach (var (key, old) in _pipes.Where(p => p.Key.Node == node ? p.Key.Feed != feed : time.GetElapsedTime(p.Value.HeardAt) > Patience))
        {
            old.Dispose();
            _pipes.TryRemove(key, out _);
        }

        if (!_pipes.TryGetValue((node, feed), out var pipe))
        {
            if (!opens)
            {
                return null;
            }

            pipe = _pipes.GetOrAdd((node, feed), _ => Open(node));
        }

        try
        {
            await pipe.TakeAsync(frames);
        }
        catch (OperationCanceledException)
        {
            // It has ended.
        }

        var answer = await pipe.NextAsync(waits: true);
        return pipe.IsOver && answer.Length == 0 ? null : answer;
    }

    private FeedPipe Open(string node)
    {
        var pipe = new FeedPipe(hub, node, time);
        _ = pipe.RunAsync();
        return pipe;
    }
}
