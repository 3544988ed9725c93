using System.Net;
using System.Net.Sockets;

namespace ThrottleNet.Stress.Attacks;

/// <summary>Hosts that open connections as fast as they can and say nothing. Each holds at most 50 of them.</summary>
internal static class PlacesAttack
{
    private const int Hosts = 400;
    private const int EachHolds = 50;

    // This process has descriptors, too: 20,000 of them where the node has as many. What the node has closed counts until it is replaced.
    private const int MostHeld = 12_000;
    private const int ASecond = 500;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);

    /// <summary>Attacks a node, and sends mail meanwhile.</summary>
    /// <param name="places">The node's places (<c>Smtp:MaxConnections</c>).</param>
    /// <param name="length">How long.</param>
    public static async Task<(Passage Trusted, Passage Persons, int Opened)> RunAsync(int places, TimeSpan length)
    {
        await using var node = await AttackedNode.StartAsync(c => c["Smtp"]!["MaxConnections"] = places);
        using var end = new CancellationTokenSource(length, TimeProvider.System);
        var attacking = AttackAsync(node.EndPoint, end.Token);
        var trusted = Probe.OfTrusted(node.EndPoint).RunAsync(TimeSpan.FromMilliseconds(100), end.Token);
        var persons = Probe.OfPersons(node.EndPoint).RunAsync(TimeSpan.FromMilliseconds(100), end.Token);
        return (await trusted, await persons, await attacking);
    }

    private static async Task<int> AttackAsync(IPEndPoint node, CancellationToken cancel)
    {
        var held = new Queue<Socket>();
        var opened = 0;
        using var timer = new PeriodicTimer(Tick, TimeProvider.System);
        try
        {
            while (await timer.WaitForNextTickAsync(cancel))
            {
                for (var i = 0; i < ASecond * Tick.TotalSeconds; i++, opened++)
                {
                    held.Enqueue(await OpenAsync(node, opened % Hosts));
                    if (held.Count > Math.Min(MostHeld, Hosts * EachHolds))
                    {
                        held.Dequeue().Dispose();
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The attack is over.
        }

        foreach (var socket in held)
        {
            socket.Dispose();
        }

        return opened;
    }

    private static async Task<Socket> OpenAsync(IPEndPoint node, int host)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(new IPAddress([127, (byte)(100 + (host % 100)), (byte)(host / 100), 1]), 0));
            await socket.ConnectAsync(node);
        }
        catch (SocketException)
        {
            // The node has closed it at once.
        }

        return socket;
    }
}
