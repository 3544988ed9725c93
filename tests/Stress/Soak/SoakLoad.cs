using System.Net;
using System.Net.Sockets;

namespace ThrottleNet.Stress.Soak;

/// <summary>
/// SMTP sessions, some at a time, from a bounded number of hosts at random nodes: one recipient each. Some hosts send little
/// and some much, so that all verdicts occur. Envelopes are repeated, so that the memories of envelopes fill up and stay full.
/// </summary>
internal sealed class SoakLoad(IReadOnlyList<IPEndPoint> nodes)
{
    public static readonly IReadOnlyList<string> People = ["ann", "bob", "cy"];

    private const int AtATime = 24;
    private const int Regions = 200;
    private const int HostsEach = 10;

    // One session in this many is of a host that sends all the time.
    private const int BusyShare = 4;
    private const int BusyHosts = 8;

    private int _left = int.MaxValue;
    private int _passed;
    private int _deferred;
    private int _refused;
    private int _failed;

    public SoakOutcomes Outcomes => new(Volatile.Read(ref _passed), Volatile.Read(ref _deferred), Volatile.Read(ref _refused), Volatile.Read(ref _failed));

    /// <summary>The first session that failed, and how.</summary>
    public string? FirstFailure { get; private set; }

    /// <summary>Runs the given number of sessions, or until it is cancelled. Sessions that have begun are finished.</summary>
    public async Task RunAsync(int sessions, CancellationToken cancel)
    {
        _left = sessions;
        await Task.WhenAll(Enumerable.Range(0, AtATime).Select(i => Task.Run(() => WorkAsync(new Random(i), cancel), CancellationToken.None)));
    }

    private async Task WorkAsync(Random random, CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested && Interlocked.Decrement(ref _left) >= 0)
        {
            var host = random.Next(BusyShare) == 0 ? random.Next(BusyHosts) : random.Next(Regions * HostsEach);
            try
            {
                Count(await SendAsync(host, nodes[random.Next(nodes.Count)], People[random.Next(People.Count)]));
            }
            catch (Exception e) when (e is IOException or SocketException or TimeoutException)
            {
                FirstFailure ??= e.ToString();
                Interlocked.Increment(ref _failed);
            }
        }
    }

    private void Count(string reply)
    {
        if (reply.StartsWith("250", StringComparison.Ordinal))
        {
            Interlocked.Increment(ref _passed);
        }
        else if (reply.StartsWith("45", StringComparison.Ordinal))
        {
            Interlocked.Increment(ref _deferred);
        }
        else if (reply.StartsWith("421", StringComparison.Ordinal))
        {
            Interlocked.Increment(ref _refused);
        }
        else
        {
            FirstFailure ??= reply;
            Interlocked.Increment(ref _failed);
        }
    }

    // Gives the reply to the text, or the first reply that was negative.
    private static async Task<string> SendAsync(int host, IPEndPoint node, string to)
    {
        var sender = $"sender@host{host}.test";
        return await RawClient.SendMessageAsync(
            node, IPAddress.Parse($"127.{1 + (host % Regions)}.{host / Regions}.9"), sender, $"{to}@{SoakNetwork.Domain}", $"Subject: soak\r\nFrom: <{sender}>\r\n\r\n{new string('x', 500)}");
    }
}

/// <summary>How sessions ended: mail passed, deferred (45x), refused (421), or something that should not be.</summary>
internal readonly record struct SoakOutcomes(int Passed, int Deferred, int Refused, int Failed)
{
    public int All => Passed + Deferred + Refused + Failed;
}
