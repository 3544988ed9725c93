using ThrottleNet.Counting;
using ThrottleNet.MxNode.Cluster.News;
using ThrottleNet.MxNode.Guard;
using ThrottleNet.MxNode.Throttle;

namespace ThrottleNet.MxNode.Tests.Guard;

/// <summary>Makes the guard's decisions about hosts, of a node without anything else.</summary>
internal static class NodeDrops
{
    public static GuardDrops Of(
        TimeProvider time, DropTable? table = null, CourtesyBook? courtesies = null, NewsBuffer<DropNotice>? news = null, NodeThrottle? throttle = null) =>
        new(new GuardOptions(), throttle ?? ThrottleOf(time), time, table, courtesies, news);

    public static NodeThrottle ThrottleOf(TimeProvider time)
    {
        var clock = new CountingClock(time);
        var engine = new CountingEngine(new ThrottleOptions().ToLimits(), clock.Now);
        return new NodeThrottle(engine, new TrustedQuota(engine), clock, new RecentRecipients(time));
    }
}
