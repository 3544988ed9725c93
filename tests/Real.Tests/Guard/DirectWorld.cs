using System.Net;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Guard;

/// <summary>
/// A trusted sender's machine with a direct map, and a protected Postfix. What is sent to the magic MX ends there: it takes all mail, and keeps none.
/// </summary>
internal sealed class DirectWorld : IAsyncDisposable
{
    public const string Root = "root", Ip = "ip", Postfix = "postfix", Authority = NameServer.Authority, Resolver = NameServer.Resolver, Sink = "smtp-sink", Netcat = "nc";

    /// <summary>The only recipient.</summary>
    public const string User = "someone@example.test";

    private const string Names = """
        example MX 0 throttle-mx.relays
        example MX 10 mail.example
        throttle-mx.relays A 10.77.0.1
        mail.example A 10.77.0.2

        """;

    private readonly Stack<IAsyncDisposable> _parts = new();
    private readonly TemporaryFolder _folder = new();

    private DirectWorld()
    {
    }

    /// <summary>The sender's machine. Its map answers where the recipes say.</summary>
    public NetworkHost Host { get; private set; } = null!;

    public PostfixInstance Destination { get; private set; } = null!;

    public NodeProcess Node { get; private set; } = null!;

    public static async Task<DirectWorld> StartAsync()
    {
        var world = new DirectWorld();
        try
        {
            await world.BuildAsync();
            return world;
        }
        catch
        {
            await world.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until the mail has arrived, straight from the sender's machine.</summary>
    public async Task ArrivedAsync()
    {
        await Eventually.HoldsAsync("the mail", () => Destination.Mailbox().Count == 1);
        Assert.Contains(Destination.Log, l => l.Contains("client=", StringComparison.Ordinal) && l.Contains("[10.77.0.3]", StringComparison.Ordinal));
    }

    public async ValueTask DisposeAsync()
    {
        while (_parts.TryPop(out var part))
        {
            await part.DisposeAsync();
        }

        _folder.Dispose();
    }

    private async Task BuildAsync()
    {
        var network = await TestNetwork.CreateAsync();
        _parts.Push(network);
        _parts.Push(await NameServer.StartAsync(network, Names, "3.0 PTR sender.people.test.\n"));
        var relay = await network.AddAsync(IPAddress.Parse("10.77.0.1"));
        var destinationHost = await network.AddAsync(IPAddress.Parse("10.77.0.2"));
        Host = await network.AddAsync(IPAddress.Parse("10.77.0.3"));
        _parts.Push(Tool.Start(Sink, ["-u", "nobody", "10.77.0.1:25", "100"], relay));
        await Eventually.HoldsAsync("the magic MX", async () => (await Tool.RunAsync(Netcat, ["-z", "10.77.0.1", "25"], host: Host)).ExitCode == 0);
        Destination = await PostfixInstance.StartDestinationAsync(destinationHost, "mail.example.test", User, relay.Address);
        _parts.Push(Destination);
        Node = await NodeProcess.StartAsync(_folder, Host, "Smtp:Listen=,", "Direct:Listen=127.0.0.1:10041");
        _parts.Push(Node);
    }
}
