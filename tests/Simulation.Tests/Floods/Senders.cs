using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Simulation.Tests.Floods;

/// <summary>Senders of the flood scenarios.</summary>
internal static class Senders
{
    /// <summary>A message of a mail server that tries random relays by its schedule until the message passes or is given up.</summary>
    public static void Send(this FloodNetwork network, IpBlock host, RetrySchedule schedule, Delays delays)
    {
        var (envelope, start, tries) = (network.Random.NextInt64(), network.Now, 0);
        delays.Sent++;
        Try();

        void Try()
        {
            if (network.Try(host, envelope, network.Random.Next(network.Relays)))
            {
                delays.Add((network.Now - start) / (double)FloodNetwork.Hour);
                return;
            }

            var gap = schedule.Minutes[Math.Min(tries++, schedule.Minutes.Length - 1)] * (1 + (network.Random.NextDouble() * 0.05)) * FloodNetwork.Minute;
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

    /// <summary>A bot that keeps sending new messages, and tries a deferred message at other relays at once.</summary>
    /// <param name="perHour">Messages.</param>
    /// <param name="elsewhere">How many other relays it tries at once.</param>
    /// <param name="until">Milliseconds from the beginning.</param>
    /// <param name="passed">Called when a message passes.</param>
    public static void Spam(this FloodNetwork network, IpBlock host, double perHour, int elsewhere, long until, Action passed)
    {
        network.In(network.Exponential(FloodNetwork.Hour / perHour), Next);

        void Next()
        {
            if (network.Passed >= until)
            {
                return;
            }

            var (envelope, relay) = (network.Random.NextInt64(), network.Random.Next(network.Relays));
            for (var attempt = 0; attempt <= elsewhere; attempt++)
            {
                if (network.Try(host, envelope, (relay + attempt) % network.Relays))
                {
                    passed();
                    break;
                }
            }

            network.In(network.Exponential(FloodNetwork.Hour / perHour), Next);
        }
    }
}
