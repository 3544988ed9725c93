using System.Net;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.Protocol.Dns;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Guard;

/// <summary>The recipes of docs/other-mail-servers.md, read from there and run by the mail servers themselves.</summary>
public sealed class OtherMailServerTests : IAsyncLifetime
{
    private const string GuardPort = "10040", DirectPort = "10041";

    private readonly TemporaryFolder _folder = new();
    private readonly IPAddress _address = Loopback.Next();
    private readonly DnsListener _dns = DnsListener.Start(new IPEndPoint(IPAddress.Loopback, 0), new StaticZone(
        "",
        new MxRecord("example.com", 60, 0, "throttle-mx.test"),
        new MxRecord("example.com", 60, 10, "mail.example.com"),
        new MxRecord("example.com", 60, 20, "backup.example.com"),
        new MxRecord("plain.example", 60, 10, "mail.plain.example")).Answer);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _dns.DisposeAsync();
        _folder.Dispose();
    }

    [NeedsFact("root", SendmailProgram.Name, "unshare")]
    public async Task Sendmail_asks_the_direct_map_for_its_mailertable()
    {
        await using var node = await StartAsync();
        var switches = _folder.Write("service.switch", "hosts files\npasswd files\naliases files\n");
        var configuration = _folder.Write("sendmail.cf", $"""
            V10/Berkeley
            O DontProbeInterfaces=true
            O ServiceSwitchFile={switches}
            O QueueDirectory={_folder.File("queue")}
            Djdest.test
            Kmailertable {Recipe("socket inet:", "'")}
            Mlocal, P=/bin/true, F=l, A=true
            Mprog, P=/bin/true, F=l, A=true
            S3
            S0
            S4

            """);
        Directory.CreateDirectory(_folder.File("queue"));
        var said = await SendmailProgram.RunAsync(["-bt", $"-C{configuration}"], "/map mailertable example.com\n/map mailertable plain.example\n");
        Assert.Contains("mailertable (example.com) returns esmtp:[mail.example.com]:[backup.example.com] (0)", said.Output, StringComparison.Ordinal);
        Assert.Contains("mailertable (plain.example) no match", said.Output, StringComparison.Ordinal);
    }

    [NeedsFact("exim", "root")]
    public async Task Exim_routes_past_the_magic_MX_and_leaves_other_domains_to_its_next_router()
    {
        await using var node = await StartAsync();
        var configuration = Exim();
        Assert.Equal("mail.example.com:backup.example.com", await ExpandAsync(configuration, "example.com"));
        Assert.Equal("", await ExpandAsync(configuration, "plain.example"));
        await node.StopAsync();
        Assert.Contains("cannot be resolved at this time", await RouteAsync(configuration, "example.com"), StringComparison.Ordinal);
    }

    [NeedsFact("exim", "root")]
    public async Task Exim_answers_as_the_guard_says()
    {
        await using var node = await StartAsync("Trust:Entries=198.51.100.0/24");
        var configuration = Exim();
        Assert.Contains("\n250 Accepted", await TalkAsync(configuration, "198.51.100.7"), StringComparison.Ordinal);
        var deferred = await TalkAsync(configuration, "192.0.2.7");
        Assert.Contains("\n451-4.7.1 This domain takes mail from unknown hosts through", deferred, StringComparison.Ordinal);
        await node.StopAsync();
        Assert.Contains("\n451 4.3.0 the guard does not answer", await TalkAsync(configuration, "198.51.100.7"), StringComparison.Ordinal);
    }

    private Task<NodeProcess> StartAsync(params string[] settings) => NodeProcess.StartAsync(
        _folder, null, [$"Dns:Servers={_dns.EndPoint}", $"Guard:Listen={_address}:{GuardPort}", $"Direct:Listen={_address}:{DirectPort}", .. settings]);

    private string Exim() => _folder.Write("exim.conf", $"""
        primary_hostname = dest.test
        domainlist local_domains = dest.test
        acl_smtp_rcpt = check_rcpt
        begin acl
        check_rcpt:
        {Recipe("  warn    set acl_m_guard", "```")}
        begin routers
        {Recipe("direct:\n", "```")}
        begin transports
        remote_smtp:
          driver = smtp

        """);

    // The value of the router's route_data: exim -be expands it as the router would.
    private static async Task<string> ExpandAsync(string configuration, string domain)
    {
        var line = (await File.ReadAllLinesAsync(configuration)).Single(l => l.Contains("route_data = ", StringComparison.Ordinal));
        var expression = line[(line.IndexOf("= ", StringComparison.Ordinal) + 2)..].Replace("$domain", domain, StringComparison.Ordinal);
        return (await Tool.RunAsync("exim", ["-C", configuration, "-be", expression])).Expect(0).Output.TrimEnd('\n');
    }

    // exim -bt tells how an address would be routed.
    private static async Task<string> RouteAsync(string configuration, string domain) => (await Tool.RunAsync("exim", ["-C", configuration, "-bt", $"user@{domain}"])).Output;

    // exim -bh plays an SMTP session from an address, without a network.
    private static async Task<string> TalkAsync(string configuration, string client) => (await Tool.RunAsync(
        "exim", ["-C", configuration, "-bh", client], "EHLO client.test\r\nMAIL FROM:<ann@people.test>\r\nRCPT TO:<someone@dest.test>\r\nQUIT\r\n")).Output.ReplaceLineEndings("\n");

    /// <summary>A part of the document, with this test's address.</summary>
    private string Recipe(string from, string to) => Recipes.Part(from, to).Replace("127.0.0.1", _address.ToString(), StringComparison.Ordinal).TrimEnd('\n');
}
