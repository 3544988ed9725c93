using System.Net;
using System.Net.Sockets;

namespace ThrottleNet.Stress.Attacks;

/// <summary>Hosts that each begin a message and fall silent after RCPT, so that each takes a session with the next hop.</summary>
internal static class NextHopAttack
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);

    /// <summary>Attacks a node, and sends mail meanwhile.</summary>
    /// <param name="hosts">How many hosts; ten begin each second.</param>
    public static async Task<(Passage Trusted, Passage Persons, int Silent)> RunAsync(int hosts)
    {
        await using var node = await AttackedNode.StartAsync(c => c["Smtp"]!["GreetDelay"] = "00:00:00");
        using var end = new CancellationTokenSource();
        var trusted = Probe.OfTrusted(node.EndPoint).RunAsync(TimeSpan.FromMilliseconds(100), end.Token);
        var persons = Probe.OfPersons(node.EndPoint).RunAsync(TimeSpan.FromMilliseconds(200), end.Token);
        List<Task<RawClient?>> beginning = [];
        using var timer = new PeriodicTimer(Tick, TimeProvider.System);
        for (var host = 0; host < hosts && await timer.WaitForNextTickAsync(); host++)
        {
            beginning.Add(BeginAsync(node.EndPoint, host));
        }

        await end.CancelAsync();
        var (passed, persons1) = (await trusted, await persons);
        var silent = 0;
        foreach (var client in await Task.WhenAll(beginning))
        {
            if (client is not null)
            {
                silent++;
                await client.DisposeAsync();
            }
        }

        return (passed, persons1, silent);
    }

    // The client whose RCPT was accepted; null if it was not.
    private static async Task<RawClient?> BeginAsync(IPEndPoint node, int host)
    {
        RawClient? client = null;
        try
        {
            client = await RawClient.ConnectAsync(node, new IPAddress([127, (byte)(100 + (host % 100)), (byte)(host / 100), 1]));
            await client.EnvelopeAsync($"reader@{AttackedNode.Domain}");
            return client;
        }
        catch (Exception e) when (e is IOException or SocketException or TimeoutException or InvalidOperationException)
        {
            if (client is not null)
            {
                await client.DisposeAsync();
            }

            return null;
        }
    }
}
