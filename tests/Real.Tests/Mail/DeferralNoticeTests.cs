using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Mail;

/// <summary>What a person reads who sent too much: the notice of a real mail server, with the node's reply in it, leads to the node's help page.</summary>
public sealed partial class DeferralNoticeTests : IDisposable
{
    // Every host is over its limit at its first recipient.
    private static readonly string[] Limits =
        ["Throttle:Host:Soft=1", "Throttle:Host:Hard=1.5", "Throttle:Host:Day=24", "Relay:Routes:dest.test=127.0.0.1:9", "Network:Names:0=throttle-mx.example.net"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [NeedsFact("root", "postfix")]
    public async Task Postfix_gives_the_whole_text_in_its_bounce()
    {
        await using var node = await StartAsync();
        await using var sender = await PostfixInstance.StartBesideAsync(
            Loopback.Next(), "mail.people.test", "people.test", $"relayhost = [127.0.0.1]:{node.SmtpPort}", "maximal_queue_lifetime = 0", "bounce_queue_lifetime = 1d", "inet_protocols = ipv4");
        await sender.SubmitAsync("ann@people.test", "bob@dest.test", "Subject: hi\n\nhello\n");
        var bounce = await Eventually.FindAsync("the bounce", () => Task.FromResult(sender.Mailbox() is [var first, ..] ? first : null));
        await LeadsToThePageAsync(node, bounce);
    }

    [NeedsFact("root", "postfix")]
    public async Task Postfix_gives_the_whole_text_in_its_delay_notice()
    {
        await using var node = await StartAsync();
        await using var sender = await PostfixInstance.StartBesideAsync(
            Loopback.Next(), "mail.people.test", "people.test", $"relayhost = [127.0.0.1]:{node.SmtpPort}", "delay_warning_time = 1s", "queue_run_delay = 1s", "minimal_backoff_time = 1s", "inet_protocols = ipv4");
        await sender.SubmitAsync("ann@people.test", "bob@dest.test", "Subject: hi\n\nhello\n");
        await LeadsToThePageAsync(node, await Eventually.FindAsync("the notice", () => Task.FromResult(sender.Mailbox() is [var first, ..] ? first : null)));
    }

    [NeedsFact("root", "exim")]
    public async Task Exim_gives_the_whole_text_in_its_bounce()
    {
        await using var node = await StartAsync();
        var configuration = EximConfiguration(node.SmtpPort);
        (await Tool.RunAsync("exim", ["-C", configuration, "-odf", "-f", "ann@people.test", "bob@dest.test"], "Subject: hi\n\nhello\n")).Expect(0);
        var bounces = _folder.File("mail/bounces");
        await Eventually.HoldsAsync("the bounce", async () =>
        {
            await Tool.RunAsync("exim", "-C", configuration, "-qff");
            return File.Exists(bounces);
        });
        await LeadsToThePageAsync(node, await File.ReadAllTextAsync(bounces));
    }

    // As Exchange Online writes its diagnostic information, and Outlook shows it: in braces, and in HTML with entities.
    [Theory]
    [InlineData("Generating server: X.prod.outlook.test\nReceiving server: dest.test\nLast retry: 450 4.4.316 [{{LED=450 4.4.316 Connection refused [Message={0}]}};{{MSG=SocketError}};{{FQDN=throttle-mx.example.net}};{{IP=192.0.2.1}};{{LRT=1/1/2026 1:00:00 AM}}]", false)]
    [InlineData("bob@dest.test\nRemote Server returned '550 5.4.300 Message expired -> {0}'", false)]
    [InlineData("<p>Remote Server returned &#39;550 5.4.300 Message expired -&gt; {0}&#39;</p>", true)]
    public async Task In_the_formats_of_Outlook_the_link_is_whole(string format, bool html)
    {
        await using var node = await StartAsync();
        await using var client = await RawClient.ConnectAsync(node.Smtp);
        await client.TalkAsync("<220", ">EHLO client.test", "<250", ">MAIL FROM:<ann@client.test>", "<250");
        await client.SendAsync("RCPT TO:<bob@dest.test>\r\n");
        var said = (await client.ReplyAsync()).Trim();
        Assert.InRange(said.Length, 1, 510);
        await client.TalkAsync(">QUIT", "<221");
        var notice = string.Format(System.Globalization.CultureInfo.InvariantCulture, format, html ? WebUtility.HtmlEncode(said) : said);
        await LeadsToThePageAsync(node, html ? WebUtility.HtmlDecode(notice) : notice);
    }

    // A node at which 127.0.0.1 has used up its limit.
    private async Task<NodeProcess> StartAsync()
    {
        var help = new IPEndPoint(IPAddress.Loopback, Ports.Free());
        var node = await NodeProcess.StartAsync(_folder, [.. Limits, $"Smtp:HelpListen={help}", $"Smtp:HelpUrl=http://{help}/?address={{address}}&id={{id}}"]);
        await using var first = await RawClient.ConnectAsync(node.Smtp);
        await first.TalkAsync("<220", ">EHLO client.test", "<250", ">MAIL FROM:<ann@client.test>", "<250", ">RCPT TO:<eve@dest.test>", "<451 4.4.1");
        return node;
    }

    private static async Task LeadsToThePageAsync(NodeProcess node, string notice)
    {
        // Notices are wrapped at blanks.
        var text = Blanks().Replace(notice, " ");
        Assert.True(Deferral().IsMatch(text), text);
        var link = Link().Match(text).Value;
        using var http = new HttpClient(ElsewhereHandler());
        var page = await http.GetStringAsync(new Uri(link));
        Assert.Contains("State of 127.0.0.1", page, StringComparison.Ordinal);
        Assert.Matches(@"taken in \d+ minutes?\.", page);

        // The session in the text is one of the node's log.
        var session = Session().Match(text).Groups[1].Value;
        await node.LogLineAsync("the session", line => line.Text.Contains(session, StringComparison.Ordinal));
    }

    // From another host than the sender's, so that only the link's proof opens the state.
    private static SocketsHttpHandler ElsewhereHandler() => new()
    {
        ConnectCallback = async (context, cancel) =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.9"), 0));
            await socket.ConnectAsync(context.DnsEndPoint, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        },
    };

    private string EximConfiguration(string port)
    {
        foreach (var name in new[] { "spool", "log", "mail" })
        {
            File.SetUnixFileMode(_folder.Make(name), (UnixFileMode)511);
        }

        return _folder.Write("exim.conf", $"""
            exim_path = {Needs.FindProgram("exim")}
            exim_user = root
            exim_group = root
            primary_hostname = mail.people.test
            spool_directory = {_folder.File("spool")}
            log_file_path = {_folder.File("log/%slog")}
            keep_environment =
            begin routers
            local:
              driver = accept
              domains = people.test
              transport = file
            node:
              driver = manualroute
              domains = ! people.test
              route_list = * 127.0.0.1::{port}
              self = send
              transport = remote
            begin transports
            file:
              driver = appendfile
              file = {_folder.File("mail/bounces")}
              user = nobody
              group = nogroup
            remote:
              driver = smtp
              allow_localhost
              user = nobody
              group = nogroup
            begin retry
            * * F,1s,1s

            """);
    }

    // A sender whose retries come quickly reaches twice the limit.
    [GeneratedRegex(@"(451 4\.7\.1|421 4\.7\.0) throttle-mx\.example\.net limits mail by sending host: (the limit for an hour|twice the limit) is reached by 127\.0\.0\.1, try again in \d+ minutes? \(session [0-9a-f]+\), see http://")]
    private static partial Regex Deferral();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();

    [GeneratedRegex(@"http://127[^\s]+")]
    private static partial Regex Link();

    [GeneratedRegex(@"\(session ([0-9a-f]+)\)")]
    private static partial Regex Session();
}
