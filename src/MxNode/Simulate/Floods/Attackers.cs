using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.MxNode.Simulate.Floods;

/// <summary>Senders of the flood scenarios.</summary>
internal static class Attackers
{
    /// <summary>Sends one message, at random relays, until it passes or is given up.</summary>
    /// <param name="schedule">When it is tried again; null: it is not.</param>
    /// <param name="passed">Called when it passes.</param>
    public static void SendOne(this FloodNetwork network, IpBlock host, SenderSchedule? schedule, Action passed)
    {
        var (envelope, start, failures) = (network.Random.NextInt64(), network.Now, 0);
        Try();

        void Try()
        {
            if (network.Try(host, envelope, network.Random.Next(network.Relays)))
            {
                passed();
                return;
            }

            if (schedule?.Gap(++failures, network.Random) is { } gap && network.Now + gap - start <= schedule.GiveUpAfter * FloodNetwork.Hour)
            {
                network.In(gap, Try);
            }
        }
    }

    /// <summary>A bot that keeps sending new messages, and tries a deferred message at other relays at once.</summary>
    /// <param name="perHour">Messages.</param>
    /// <param name="elsewhere">How many other relays it tries at once.</param>
    /// <param name="until">Milliseconds from the beginning.</param>
    /// <param name="passed">Called when a message passes.</param>
    /// <param name="schedule">When a message that all these relays deferred is tried again; null: it is not.</param>
    public static void Spam(this FloodNetwork network, IpBlock host, double perHour, int elsewhere, long until, Action passed, SenderSchedule? schedule = null)
    {
        network.In(network.Exponential(FloodNetwork.Hour / perHour), Next);

        void Next()
        {
            if (network.Passed >= until)
            {
                return;
            }

            var (envelope, relay) = (network.Random.NextInt64(), network.Random.Next(network.Relays));
            var passes = false;
            for (var attempt = 0; attempt <= elsewhere && !passes; attempt++)
            {
                passes = network.Try(host, envelope, (relay + attempt) % network.Relays);
            }

            if (passes)
            {
                passed();
            }
            else if (schedule is not null)
            {
                network.In(schedule.Gap(1, network.Random), () => network.SendOne(host, schedule, passed));
            }

            network.In(network.Exponential(FloodNetwork.Hour / perHour), Next);
        }
    }
}
