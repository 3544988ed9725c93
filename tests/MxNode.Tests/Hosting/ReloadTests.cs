using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging;
using ThrottleNet.MxNode.Hosting;
using ThrottleNet.MxNode.Inbound;
using ThrottleNet.MxNode.Tests.Hosting.Supervision;
using ThrottleNet.MxNode.Tests.Inbound;
using ThrottleNet.MxNode.Trust;

namespace ThrottleNet.MxNode.Tests.Hosting;

/// <summary>A node that reads its configuration again while it serves.</summary>
public sealed class ReloadTests : IAsyncLifetime, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ScriptedHop _hop = new();
    private readonly ScriptedHop _other = new();
    private readonly CapturedLog _log = new();
    private readonly RecordingManager _manager = new();
    private NodeConfiguration _file = null!;
    private IReadOnlyList<string> _errors = [];
    private NodeHost _node = null!;

    public async Task InitializeAsync()
    {
        _file = new NodeConfiguration
        {
            Node = new() { DataDirectory = _folder.Path, HostName = "a.node.test" },
            Smtp = new() { Listen = [new(IPAddress.Loopback, 0)], GreetDelay = TimeSpan.Zero },
            Relay = new() { Routes = Route(_hop) },
            Throttle = InboundRig.NoThrottle,
            Admin = new() { Listen = null },
        };
        _node = NodeHost.Create(
            _file, TimeProvider.System, logging => logging.AddProvider(_log).Services.AddSingleton<ISystemdNotifier>(_manager), () => _errors.Count > 0 ? new ConfigurationResult(null, _errors) : new ConfigurationResult(_file, []));
        await _node.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _node.StopAsync();
        await _node.DisposeAsync();
        await _hop.DisposeAsync();
        await _other.DisposeAsync();
    }

    public void Dispose()
    {
        _folder.Dispose();
        _log.Dispose();
    }

    [Fact]
    public async Task Mail_of_an_open_session_goes_by_the_new_route_and_the_session_stays()
    {
        await using var client = await ConnectAsync();
        await client.TalkAsync("<220", ">EHLO client.test", "<250", ">MAIL FROM:<a@client.test>", "<250", ">RCPT TO:<b@example.com>", "<250", ">RSET", "<250");
        _file = _file with { Relay = _file.Relay with { Routes = Route(_other) } };
        Assert.True(Reload());
        await client.TalkAsync(">MAIL FROM:<a@client.test>", "<250", ">RCPT TO:<b@example.com>", "<250", ">DATA", "<354", ">Subject: x\r\n\r\nx\r\n.", "<250", ">QUIT", "<221");
        Assert.Single(_other.Messages);
        Assert.Empty(_hop.Messages);
        Assert.Contains(_log.Lines, l => l.Message == $"Changed: Relay:Routes: +example.com={_other.EndPoint}, -example.com={_hop.EndPoint}");
        Assert.Contains(_log.Lines, l => l.Message == "The configuration was read again: changed settings in force: 1, waiting for a restart: 0");
    }

    [Fact]
    public async Task Limits_of_sessions_and_of_hosts_change()
    {
        await using var client = await ConnectAsync("127.0.0.2");
        await client.TalkAsync("<220");
        _file = _file with { Smtp = _file.Smtp with { MaxConnectionsPerBlock = 1, MaxRecipients = 2 }, Throttle = _file.Throttle with { Host = new() { Soft = 1, Hard = 2, Day = 24 } } };
        Assert.True(Reload());
        await using var second = await ConnectAsync("127.0.0.2");
        await second.TalkAsync("<421 4.3.2");
        Assert.Contains("LIMITS RCPTMAX=2", await AskAsync(client, "EHLO client.test"), StringComparison.Ordinal);

        // Two recipients an hour: one at once, and a second one is deferred.
        await client.TalkAsync(">MAIL FROM:<a@client.test>", "<250", ">RCPT TO:<b@example.com>", "<250", ">RCPT TO:<c@example.com>", "<451");
    }

    [Fact]
    public async Task Trust_entries_change()
    {
        var book = _node.Services.GetRequiredService<TrustBook>();
        Assert.Null(book.Find(IPAddress.Parse("192.0.2.7")));
        _file = _file with { Trust = new() { Entries = ["192.0.2.0/24"] } };
        Assert.True(Reload());
        await Eventually.HoldsAsync("the entry to be in force", () => book.Find(IPAddress.Parse("192.0.2.7")) is not null);
        _file = _file with { Trust = new() };
        Assert.True(Reload());
        await Eventually.HoldsAsync("the entry to be gone", () => book.Find(IPAddress.Parse("192.0.2.7")) is null);
    }

    [Fact]
    public void A_certificate_that_was_replaced_or_newly_named_is_used()
    {
        var certificates = _node.Services.GetRequiredService<ServerCertificate>();
        var own = certificates.Current()!.All[0].Certificate.Subject;
        Assert.Equal("CN=a.node.test", own);
        using var pki = new TestPki();
        var (certificate, key) = pki.Issue("smtp", "acme");
        _file = _file with { Smtp = _file.Smtp with { Certificate = certificate, Key = key } };
        Assert.True(Reload());
        Assert.Contains("CN=smtp", certificates.Current()!.All[0].Certificate.Subject, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_errors_each_is_logged_and_nothing_changes()
    {
        _errors = ["Relay:Port: 0 is not between 1 and 65535; set it there", "Trust:Entries:0: nothing"];
        _file = _file with { Relay = _file.Relay with { Routes = Route(_other) } };
        Assert.False(Reload());
        Assert.Equal(_errors.Select(e => $"Error in the configuration: {e}"), _log.Lines.Where(l => l.Event == 113).Select(l => l.Message));
        Assert.Contains(_log.Lines, l => l is { Event: 114, Level: LogLevel.Error });
        await using var client = await ConnectAsync();
        Assert.StartsWith("250", await client.DeliverAsync("hello"), StringComparison.Ordinal);
        Assert.Single(_hop.Messages);
    }

    [Fact]
    public void A_change_that_needs_a_restart_is_named_at_each_reload_and_not_made()
    {
        _file = _file with { Smtp = _file.Smtp with { MaxMessageSize = 70_000 } };
        Assert.True(Reload());
        Assert.True(Reload());
        Assert.Equal(2, _log.Lines.Count(l => l.Message.StartsWith("Needs a restart: Smtp:MaxMessageSize: 26214400 -> 70000", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_reload_that_throws_is_logged_and_announces_its_end()
    {
        var reloader = _node.Services.GetRequiredService<ConfigurationReloader>();
        Assert.Equal(["READY=1"], _manager.Notices);
        _file = null!;
        Assert.False(reloader.Reload());
        Assert.Equal(["READY=1", "RELOADING=1", "READY=1"], _manager.Notices.Select(n => n.Split('\n')[0]));
    }

    private static async Task<string> AskAsync(RawClient client, string line)
    {
        await client.SendAsync(line + "\r\n");
        return await client.ReplyAsync();
    }

    private static Dictionary<string, string> Route(ScriptedHop hop) => new() { ["example.com"] = hop.EndPoint.ToString() };

    private bool Reload()
    {
        var isReloaded = _node.Services.GetRequiredService<ConfigurationReloader>().Reload();
        Assert.Equal(_errors, _log.Lines.Where(l => l.Event == 113).Select(l => l.Message["Error in the configuration: ".Length..]));
        return isReloaded;
    }

    private Task<RawClient> ConnectAsync(string from = "127.0.0.1") => RawClient.ConnectAsync(_node.Smtp[0], from);
}
