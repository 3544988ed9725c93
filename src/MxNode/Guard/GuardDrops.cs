using System.Net;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Cluster.News;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Throttle;

namespace ThrottleNet.MxNode.Guard;

/// <summary>
/// The hosts that guards drop, and those that were let in again: of this node alone, or of all nodes of its cluster. A host that one guard drops is
/// dropped by all guards of the cluster that have a drop set; <see cref="Unblock"/> at any node, also at one without a guard, lets it in at all
/// of them. Thread-safe, bounded: when it is full, the host decided about longest ago is forgotten.
/// </summary>
/// <param name="options">Section Guard.</param>
/// <param name="throttle">This node's counts, which an unblocked host leaves.</param>
/// <param name="time">The clock. Of two nodes' decisions about a host the later by their clocks wins.</param>
/// <param name="table">The hosts that this node's firewall drops; null without a drop set.</param>
/// <param name="courtesies">The guard's courtesies; null without a guard.</param>
/// <param name="news">Takes this node's decisions to its cluster; null without one.</param>
internal sealed class GuardDrops(
    Live<GuardOptions> options, NodeThrottle throttle, TimeProvider time, DropTable? table = null, CourtesyBook? courtesies = null, NewsBuffer<DropNotice>? news = null)
{
    // No clock of the cluster is that far ahead.
    private static readonly TimeSpan MostAhead = TimeSpan.FromDays(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<IpBlock, DropNotice> _notices = [];
    private readonly Queue<(IpBlock Block, DropNotice Notice)> _order = new();

    /// <summary>Hosts in this node's drop set; null without one.</summary>
    public int? Count => table?.Count;

    /// <summary>Drops a host that used up its courtesies, unless its subnet holds a trusted host. Its time is not extended while it is dropped.</summary>
    public void Drop(IPAddress address)
    {
        lock (_lock)
        {
            var known = FindUnderLock(IpBlock.Of(address));
            if (table?.Add(address) is { } host)
            {
                DecideUnderLock(address, known, host.Until.ToUnixTimeMilliseconds(), forgives: false);
            }
        }
    }

    /// <summary>Lets a host in again that is trusted by now, or that the network saw.</summary>
    public void LetIn(IPAddress address)
    {
        lock (_lock)
        {
            DecideUnderLock(address, FindUnderLock(IpBlock.Of(address)), until: 0, forgives: false);
        }
    }

    /// <summary>
    /// Lets a host in again because an operator says so: guards no longer drop it and it gets their courtesies anew; the relay neither refuses nor
    /// defers it, as its counts are forgotten. Other nodes of the cluster follow within a second.
    /// </summary>
    public UnblockedHost Unblock(IPAddress address)
    {
        var block = IpBlock.Of(address);
        lock (_lock)
        {
            var known = FindUnderLock(block);
            return new UnblockedHost(block, IsDropped(known), WasRefused: DecideUnderLock(address, known, until: 0, forgives: true));
        }
    }

    /// <summary>Takes over a decision of another node; it may have been taken before.</summary>
    public void Take(DropNotice notice)
    {
        if (notice.Parse() is not { } address || notice.At < 0 || notice.At > (time.GetUtcNow() + MostAhead).ToUnixTimeMilliseconds())
        {
            return;
        }

        lock (_lock)
        {
            if (notice.Replaces(FindUnderLock(IpBlock.Of(address))))
            {
                ApplyUnderLock(address, notice);
            }
        }
    }

    /// <summary>All decisions that still mean something, for a node that joins.</summary>
    public IReadOnlyList<DropNotice> ReadAll()
    {
        lock (_lock)
        {
            ForgetUnderLock();
            return [.. _notices.Values.Concat((table?.Hosts() ?? []).Where(h => !_notices.ContainsKey(h.Block)).Select(h => DropNotice.Of(h, options.Current.DropTime)))];
        }
    }

    // Hosts that a restart restored are in the table only.
    private DropNotice? FindUnderLock(IpBlock block) =>
        _notices.GetValueOrDefault(block) ?? (table?.Find(block) is { } host ? DropNotice.Of(host, options.Current.DropTime) : null);

    // After a step back of the clock a time may be further off than any time that is given; see DropTable.
    private bool IsDropped(DropNotice? known)
    {
        var now = time.GetUtcNow();
        return known is { IsDrop: true } && known.Until > now.ToUnixTimeMilliseconds() && known.Until <= (now + options.Current.DropTime).ToUnixTimeMilliseconds();
    }

    // A clock that is behind another node's must not make this decision the earlier one.
    private bool DecideUnderLock(IPAddress address, DropNotice? known, long until, bool forgives)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var notice = new DropNotice(address.ToString(), Math.Max(now, (known?.At ?? 0) + 1), until, forgives);
        news?.Add(notice);
        return ApplyUnderLock(address, notice);
    }

    /// <returns>Whether the host was refused when it connected.</returns>
    private bool ApplyUnderLock(IPAddress address, DropNotice notice)
    {
        var block = IpBlock.Of(address);
        _notices[block] = notice;
        _order.Enqueue((block, notice));
        ForgetUnderLock();
        if (notice.IsDrop)
        {
            table?.Take(new DroppedHost(address, DateTimeOffset.FromUnixTimeMilliseconds(Math.Min(notice.Until, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()))));
            return false;
        }

        table?.Remove(block);
        courtesies?.Forget(block);
        return notice.Forgives && throttle.Forgive(block);
    }

    // A host that was let in is remembered as long as an earlier decision to drop it could still arrive and mean something.
    private void ForgetUnderLock()
    {
        var now = time.GetUtcNow();
        var oldest = (now - options.Current.DropTime).ToUnixTimeMilliseconds();
        while (_order.TryPeek(out var first) && (first.Notice.At < oldest || _order.Count > DropTable.Capacity || !IsCurrentUnderLock(first.Block, first.Notice)))
        {
            _order.Dequeue();
            if (IsCurrentUnderLock(first.Block, first.Notice))
            {
                _notices.Remove(first.Block);
            }
        }
    }

    private bool IsCurrentUnderLock(IpBlock block, DropNotice notice) => ReferenceEquals(_notices.GetValueOrDefault(block), notice);
}
