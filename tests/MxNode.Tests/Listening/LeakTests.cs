using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using ThrottleNet.MxNode.Listening;
using ThrottleNet.MxNode.Tests.Inbound;

namespace ThrottleNet.MxNode.Tests.Listening;

/// <summary>However a connection ends, its descriptor is given back: of each listener, and of each socket that the node opens.</summary>
[Trait("Category", "Slow")]
public sealed class LeakTests : IDisposable
{
    private const int Times = 3;

    private static readonly (string Name, Func<Socket, Task> Do)[] Ends =
    [
        ("closed at once", _ => Task.CompletedTask),
        ("reset at once", socket =>
        {
            socket.LingerState = new LingerOption(true, 0);
            return Task.CompletedTask;
        }),
        ("closed in one direction", async socket =>
        {
            socket.Shutdown(SocketShutdown.Send);
            await DrainAsync(socket);
        }),
        ("closed after octets", async socket =>
        {
            await socket.SendAsync("\0\u0001EHLO x\r\n\r\n"u8.ToArray());
            await socket.ReceiveAsync(new byte[1]).WaitAsync(TimeSpan.FromSeconds(1)).ContinueWith(_ => { }, TaskScheduler.Default);
        }),
        ("reset after octets", async socket =>
        {
            await socket.SendAsync("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray());
            socket.LingerState = new LingerOption(true, 0);
        }),
    ];

    private readonly NodeNetwork _network = new();

    public void Dispose() => _network.Dispose();

    [Fact]
    public async Task Connections_of_clients_are_given_back()
    {
        await using var rig = await InboundRig.StartAsync(c => c with
        {
            Guard = c.Guard with { Listen = [new(IPAddress.Loopback, 0)], HttpListen = [new(IPAddress.Loopback, 0)] },
            Direct = c.Direct with { Listen = [new(IPAddress.Loopback, 0)] },
            Admin = c.Admin with { Listen = new(IPAddress.Loopback, 0) },
            Trust = c.Trust with { DnsListen = ["127.0.0.1:0"], Zone = "list.throttle-mx.test" },
        });
        var budget = rig.Node.Services.GetRequiredService<DescriptorBudget>();
        (Listener Listener, IPEndPoint EndPoint)[] doors =
        [
            (Listener.Smtp, rig.Node.Smtp[0]), (Listener.Guard, rig.Node.Guard[0]), (Listener.GuardHttp, rig.Node.GuardHttp[0]),
            (Listener.Direct, rig.Node.Direct[0]), (Listener.Admin, rig.Node.Admin!), (Listener.Dns, rig.Node.Dns[0]),
        ];
        foreach (var (listener, endPoint) in doors)
        {
            await DriveAsync(budget, listener, endPoint);
        }
    }

    [Fact]
    public async Task Connections_of_peers_are_given_back_on_both_sides()
    {
        await using var a = await _network.StartAsync("a");
        var budget = a.Services.GetRequiredService<DescriptorBudget>();
        await DriveAsync(budget, Listener.Exchange, IPEndPoint.Parse(a.Address));

        await using var b = await _network.StartAsync("b", a.Address);
        await ExchangeNode.LinkedAsync(a, b);
        Assert.Equal(1, budget.Open(Listener.Exchange));
        var opened = b.Services.GetRequiredService<DescriptorBudget>();
        Assert.Equal(1, opened.OpenOutgoing);
        await b.StopAsync();
        await Eventually.HoldsAsync("the peers' sockets to be given back", () => budget.Open(Listener.Exchange) == 0 && opened.OpenOutgoing == 0);
    }

    [Theory]
    [InlineData("greeting")]
    [InlineData("EHLO")]
    [InlineData("MAIL")]
    [InlineData("RCPT")]
    [InlineData("DATA")]
    [InlineData("text")]
    [InlineData("dot")]
    [InlineData("none")]
    public async Task Sockets_to_next_hops_and_files_of_texts_are_given_back(string stage)
    {
        await using var rig = await InboundRig.StartAsync();
        rig.ExpectsErrors = true;
        var budget = rig.Node.Services.GetRequiredService<DescriptorBudget>();
        rig.Hop.Script = (step, _) => step.StartsWith(stage, StringComparison.Ordinal) ? HopAction.Vanish : null;
        for (var i = 0; i < Times; i++)
        {
            await using var client = await rig.ConnectAsync();
            await client.DeliverAsync(new string('x', 300) + "\r\n" + string.Concat(Enumerable.Repeat("0123456789\r\n", 20_000)));
        }

        await Eventually.HoldsAsync("the sockets to be given back", () =>
        {
            rig.Clock.Advance(TimeSpan.FromMinutes(10)); // unused sessions are kept for a while
            return budget.OpenOutgoing == 0;
        });
    }

    [Fact]
    public async Task Sockets_to_filters_are_given_back()
    {
        using var filter = new TcpListener(IPAddress.Loopback, 0);
        filter.Start();
        using var stop = new CancellationTokenSource();
        var serving = ServeAsync(filter, stop.Token);
        await using var rig = await InboundRig.StartAsync(c => c with { Content = c.Content with { Milters = [$"inet:{filter.LocalEndpoint}"] } });
        rig.ExpectsErrors = true;
        var budget = rig.Node.Services.GetRequiredService<DescriptorBudget>();
        for (var i = 0; i < Times; i++)
        {
            await using var client = await rig.ConnectAsync();
            await client.TalkAsync("<", ">QUIT", "<");
        }

        await Eventually.HoldsAsync("the sockets to be given back", () => budget.OpenOutgoing == 0);
        await stop.CancelAsync();
        await serving;
    }

    private static async Task DriveAsync(DescriptorBudget budget, Listener listener, IPEndPoint endPoint)
    {
        foreach (var (name, end) in Ends)
        {
            for (var i = 0; i < Times; i++)
            {
                using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(endPoint);
                await end(socket);
            }

            await Eventually.HoldsAsync($"{listener} to give back what was {name}", () => budget.Open(listener) == 0);
        }
    }

    private static async Task DrainAsync(Socket socket)
    {
        try
        {
            while (await socket.ReceiveAsync(new byte[4096]) > 0)
            {
                // A reply.
            }
        }
        catch (SocketException)
        {
            // The node has reset the connection.
        }
    }

    // Takes connections and closes them without a word, until it is stopped.
    private static async Task ServeAsync(TcpListener listener, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                using var connection = await listener.AcceptSocketAsync(stop);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }
}
