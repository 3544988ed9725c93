using System.Net;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.Protocol.Dns;
using ThrottleNet.Real.Tests.Content;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Authentication;

/// <summary>A node, and behind it a Postfix that does not take XCLIENT and asks independent filters about each message.</summary>
internal sealed class CheckingDestination : IAsyncDisposable
{
    /// <summary>The network's name, under which the node writes results.</summary>
    public const string Network = "throttle-mx.relays.test";

    /// <summary>The domain that seals.</summary>
    public const string Sealer = "relay.test";

    /// <summary>A domain whose DNS says that only 127.0.0.9 sends its mail, and that other mail is to be rejected.</summary>
    public const string Strict = "strict.test";

    /// <summary>The DNS of all programs.</summary>
    public static readonly IReadOnlyList<DnsRecord> Records =
    [
        new TxtRecord(Strict, 60, $"v=spf1 ip4:{Samples.Stranger} -all"),
        new TxtRecord($"_dmarc.{Strict}", 60, "v=DMARC1; p=reject"),
        SignedTexts.Key("signed.example.net"),
        SignedTexts.Key(Sealer, "arc"),
    ];

    private readonly TemporaryFolder _folder = new();
    private readonly IReadOnlyList<RealFilter> _filters;
    private readonly DnsListener _dns;

    private CheckingDestination(IReadOnlyList<RealFilter> filters)
    {
        _filters = filters;
        _dns = DnsListener.Start(new IPEndPoint(IPAddress.Loopback, 0), new StaticZone("", Records).Answer);
    }

    public NodeProcess Node { get; private set; } = null!;

    public PostfixInstance Postfix { get; private set; } = null!;

    /// <param name="mode">Relay:Authentication.</param>
    /// <param name="filters">As the destination asks them, in order. They are this object's to dispose of.</param>
    public static async Task<CheckingDestination> StartAsync(string mode, params RealFilter[] filters)
    {
        var world = new CheckingDestination(filters);
        foreach (var filter in filters)
        {
            await filter.OpenToAllAsync();
        }

        var address = Loopback.Next();
        world.Postfix = await PostfixInstance.StartBesideAsync(
            address, CheckingFilters.AuthservId, "example.com", $"smtpd_milters = {string.Join(", ", filters.Select(f => f.Address))}", "milter_default_action = tempfail", "smtpd_peername_lookup = no",
            "inet_interfaces = loopback-only", "inet_protocols = ipv4", "message_size_limit = 30000000", "mailbox_size_limit = 0", "virtual_mailbox_limit = 0");
        var key = world._folder.Write("arc.key", SignedTexts.PrivateKey);
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        world.Node = await NodeProcess.StartAsync(
            world._folder, $"Dns:Servers:0={world._dns.EndPoint}", $"Relay:Routes:example.com={address}:25", $"Relay:Authentication={mode}", $"Relay:Arc:Domain={Sealer}", $"Relay:Arc:Key={key}",
            "Throttle:Host:Soft=1000", "Throttle:Host:Hard=1000", "Throttle:Host:Day=24000", "Throttle:Site:Soft=5000", "Throttle:Site:Hard=5000", "Throttle:Site:Day=120000",
            "Throttle:Region:Soft=50000", "Throttle:Region:Hard=50000", "Throttle:Region:Day=1200000");
        return world;
    }

    /// <summary>Sends one message in a session of its own; the answer to its final dot, or the first refusal.</summary>
    public async Task<string> SendAsync(string message, string sender, string from = Samples.Stranger)
    {
        await using var client = await RawClient.ConnectAsync(Node.Smtp, from);
        var stuffed = message.StartsWith('.') ? "." + message : message;
        var answer = await client.DeliverAsync(stuffed.Replace("\r\n.", "\r\n..", StringComparison.Ordinal), sender: sender);
        return answer.Split('\n')[^1];
    }

    /// <summary>Waits until the mailbox has this many messages; they have LF line ends.</summary>
    public async Task<IReadOnlyList<string>> MailboxAsync(int count)
    {
        await Eventually.HoldsAsync($"{count} messages in the mailbox", () => Postfix.Mailbox().Count >= count);
        return Postfix.Mailbox();
    }

    public async ValueTask DisposeAsync()
    {
        if (Node is not null)
        {
            await Node.DisposeAsync();
        }

        if (Postfix is not null)
        {
            await Postfix.DisposeAsync();
        }

        foreach (var filter in _filters)
        {
            await filter.DisposeAsync();
        }

        await _dns.DisposeAsync();
        _folder.Dispose();
    }
}
