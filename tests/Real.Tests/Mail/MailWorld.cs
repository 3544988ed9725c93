using System.Net;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Mail;

/// <summary>
/// A small internet: example.test with a magic MX and a real MX in the DNS, a node at the magic address, Postfix at the
/// real one, and Postfix at a third address for the users who send.
/// </summary>
internal sealed class MailWorld : IAsyncDisposable
{
    public const string SenderName = "sender.people.test";
    public const string User = "someone@example.test";

    private const string Names = """
        example MX 0 throttle-mx.relays
        example MX 10 mail.example
        throttle-mx.relays A 10.77.0.1
        mail.example A 10.77.0.2
        sender.people A 10.77.0.3

        """;

    private const string Reverse = """
        2.0 PTR mail.example.test.
        3.0 PTR sender.people.test.

        """;

    private readonly Stack<IAsyncDisposable> _parts = new();
    private readonly TemporaryFolder _nodeFolder = new();

    private MailWorld()
    {
    }

    public required NetworkHost SenderHost { get; init; }

    public required NetworkHost DestinationHost { get; init; }

    public NodeProcess Node { get; private set; } = null!;

    public PostfixInstance Sender { get; private set; } = null!;

    public PostfixInstance Destination { get; private set; } = null!;

    /// <param name="senderSetting">A line of the sender's main.cf.</param>
    /// <param name="nodeSettings">Section:Key=Value, as for --set.</param>
    public static async Task<MailWorld> StartAsync(string senderSetting, params string[] nodeSettings)
    {
        var network = await TestNetwork.CreateAsync();
        var nodeHost = await network.AddAsync(IPAddress.Parse("10.77.0.1"));
        var world = new MailWorld
        {
            DestinationHost = await network.AddAsync(IPAddress.Parse("10.77.0.2")),
            SenderHost = await network.AddAsync(IPAddress.Parse("10.77.0.3")),
        };
        world._parts.Push(network);
        world._parts.Push(await NameServer.StartAsync(network, Names, Reverse));
        string[] place = [$"Smtp:Listen:0={nodeHost.Address}:25", "Relay:AllowPrivateDestinations=true"];
        world._parts.Push(world.Node = await NodeProcess.StartAsync(world._nodeFolder, nodeHost, [.. place, .. nodeSettings]));
        world._parts.Push(world.Destination = await PostfixInstance.StartDestinationAsync(world.DestinationHost, "mail.example.test", User, nodeHost.Address));
        world._parts.Push(world.Sender = await PostfixInstance.StartSenderAsync(world.SenderHost, SenderName, senderSetting));
        return world;
    }

    public async ValueTask DisposeAsync()
    {
        while (_parts.TryPop(out var part))
        {
            await part.DisposeAsync();
        }

        _nodeFolder.Dispose();
    }
}
