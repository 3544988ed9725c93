using ThrottleNet.Counting;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Simulate.Floods;

namespace ThrottleNet.Simulation.Tests.Floods;

/// <summary>Legitimate senders of the flood scenarios.</summary>
internal static class Senders
{
    /// <summary>A message of a mail server that tries random relays by its schedule until the message passes or is given up.</summary>
    public static void Send(this FloodNetwork network, IpBlock host, SenderSchedule schedule, Delays delays)
    {
        var (envelope, start, failures) = (network.Random.NextInt64(), network.Now, 0);
        delays.Sent++;
        Try();

        void Try()
        {
            if (network.Try(host, envelope, network.Random.Next(network.Relays)))
            {
                delays.Add((network.Now - start) / (double)FloodNetwork.Hour);
                return;
            }

            var gap = schedule.Gap(++failures, network.Random);
            if (network.Now + gap - start > schedule.GiveUpAfter * FloodNetwork.Hour)
            {
                delays.Lost++;
            }
            else
            {
                network.In(gap, Try);
            }
        }
    }

    /// <summary>Gives a host standing, as if it had sent for months.</summary>
    public static void Stand(this FloodNetwork network, IpBlock host)
    {
        var stamp = Stamp.Of(network.Now);
        var row = HostRow.Empty(host.Key, stamp);
        row.Standing = true;
        row.SetAge(stamp, Stamp.Steps(TimeSpan.FromDays(60)));
        Assert.All(network.Engines, engine => Assert.True(engine.Ledger.Restore(s => s.Hosts, row, network.Now)));
    }

    /// <summary>Sets the rate of a site's hosts with standing.</summary>
    public static void StandingPerHour(this FloodNetwork network, IpBlock host, float perHour)
    {
        var row = AreaRow.Empty(host.Site.Key, Stamp.Of(network.Now));
        row.AddReports(new ReportCell(0, 0, perHour * 24 / Decay.SlowPerDay));
        Assert.All(network.Engines, engine => Assert.True(engine.Ledger.Restore(s => s.Sites, row, network.Now)));
    }
}
