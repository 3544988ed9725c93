using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Help;
using ThrottleNet.MxNode.Hosting;
using ThrottleNet.MxNode.Tests.Guard;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Tests.Help;

/// <summary>The page that a deferral leads to.</summary>
public sealed class HelpPageTests
{
    private const string Stranger = "192.0.2.7";

    [Theory]
    [InlineData(Stranger)]
    [InlineData("2001:db8::7")]
    public async Task The_link_of_a_deferral_leads_to_the_state_of_its_host(string address)
    {
        await using var node = await StartAsync();
        var parsed = IPAddress.Parse(address);
        var throttle = node.Services.GetRequiredService<NodeThrottle>();
        for (var i = 0; i < 15; i++)
        {
            throttle.Register(IpBlock.Of(parsed), null, new Mailbox($"r{i}", "example.test"));
            throttle.Note(IpBlock.Of(parsed), 1);
        }

        var page = await GetAsync(node, new Uri(node.Services.GetRequiredService<HelpLink>().For(parsed, "3f2a")!).Query);
        Assert.Contains($"<h2>State of {IpBlock.Of(parsed)}</h2>", WebUtility.HtmlDecode(page), StringComparison.Ordinal);
        Assert.Matches(@"The next recipient is taken in \d+ minutes?\.", page);
        Assert.Matches(@"<dd>15 recipients; the limit is 20, of which 10 may come at once\.</dd>", page);
        Assert.Contains("; the limit is 150.</dd>", page, StringComparison.Ordinal);
        Assert.Contains("New host", page, StringComparison.Ordinal);
        Assert.Contains("Write to postmaster@node.test", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("?address=192.0.2.7&id=3f2a")]
    [InlineData("?address=192.0.2.7&id=3f2a-0000000000000000")]
    [InlineData("?address=192.0.2.7&id=")]
    [InlineData("?address=192.0.2.7")]
    [InlineData("?address=192.0.2.0/24&id=x")]
    [InlineData("?address=garbage&id=x")]
    [InlineData("?address=%00%ff%3Cscript%3E&id=%3Cscript%3Ealert(1)%3C/script%3E")]
    [InlineData("?address=192.0.2.7&address=192.0.2.8&id=a&id=b")]
    public async Task Without_a_proof_a_stranger_reads_no_host_s_state_and_nothing_is_reflected(string query)
    {
        await using var node = await StartAsync();
        var page = await GetAsync(node, query);
        Assert.DoesNotContain("State of", page, StringComparison.Ordinal);
        Assert.DoesNotContain("192.0.2.", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("garbage", page, StringComparison.Ordinal);
        Assert.Contains("How to enrol", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(":")]
    [InlineData("};")]
    [InlineData(").")]
    [InlineData("]};{MSG=SocketError};{FQDN=throttle-mx.example.net}")]
    public async Task A_link_with_the_punctuation_of_a_notice_behind_it_works(string behind)
    {
        await using var node = await StartAsync();
        var query = new Uri(node.Services.GetRequiredService<HelpLink>().For(IPAddress.Parse(Stranger), "3f2a")!).Query;
        Assert.Contains($"State of {Stranger}", await GetAsync(node, query + Uri.EscapeDataString(behind)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proof_for_one_host_does_not_open_another()
    {
        await using var node = await StartAsync();
        var query = new Uri(node.Services.GetRequiredService<HelpLink>().For(IPAddress.Parse(Stranger), "3f2a")!).Query;
        Assert.DoesNotContain("State of", await GetAsync(node, query.Replace(Stranger, "192.0.2.8", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_may_read_its_own_state()
    {
        await using var node = await StartAsync();
        Assert.Contains("<h2>State of 127.0.0.1</h2>", await GetAsync(node, ""), StringComparison.Ordinal);
        Assert.Contains("<h2>State of 127.0.0.1</h2>", await GetAsync(node, "?address=127.0.0.1"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_trusted_host_reads_that_it_is_trusted()
    {
        await using var node = await StartAsync(c => c with { Trust = new() { Entries = ["127.0.0.1"] } });
        Assert.Contains("on the trusted list", await GetAsync(node, "?address=127.0.0.1"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_has_no_script_and_may_load_and_send_nothing()
    {
        await using var node = await StartAsync();
        using var http = new HttpClient();
        using var answer = await http.GetAsync(UriOf(node, ""));
        var page = await answer.Content.ReadAsStringAsync();
        var style = Regex.Match(page, "<style>(.*)</style>", RegexOptions.Singleline).Groups[1].Value;
        var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
        Assert.Equal($"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)))}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'", policy);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.DoesNotContain(" on", Regex.Match(page, "<main>").Value, StringComparison.Ordinal);
        Assert.Equal("no-store", answer.Headers.CacheControl!.ToString());
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        Assert.Contains("<html lang=\"en\">", page, StringComparison.Ordinal);
        Assert.Contains("<title>", page, StringComparison.Ordinal);
        Assert.Contains("<main>", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_endpoint_serves_nothing_else_and_no_other_endpoint_serves_the_page()
    {
        await using var node = await StartAsync(c => c with { Admin = new() { Listen = new(IPAddress.Loopback, 0) } });
        using var http = new HttpClient();
        foreach (var path in new[] { "api/status", "healthz", "API/peers", "favicon.ico", "check?address=192.0.2.7" })
        {
            using var answer = await http.GetAsync(UriOf(node, "", path));
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }

        using var posted = await http.PostAsync(UriOf(node, ""), new StringContent("x"));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, posted.StatusCode);
        Assert.DoesNotContain("Why mail was deferred", await http.GetStringAsync(new Uri($"http://{node.Host.Admin}/")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_asks_too_often_is_refused_cheaply()
    {
        await using var node = await StartAsync();
        using var http = new HttpClient();
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i <= HelpLimits.Each; i++)
        {
            using var answer = await http.GetAsync(UriOf(node, ""));
            statuses.Add(answer.StatusCode);
        }

        Assert.Contains(HttpStatusCode.TooManyRequests, statuses);
        Assert.Equal(HttpStatusCode.OK, statuses[0]);
    }

    [Theory]
    [InlineData("GET /?address=%ff%fe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")]
    [InlineData("GET /\u0001 HTTP/1.1\r\n\r\n")]
    [InlineData("\u0016\u0003\u0001garbage")]
    [InlineData("GET /?id=LONG HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")]
    public async Task Hostile_octets_are_answered_or_closed_and_the_page_goes_on(string request)
    {
        await using var node = await StartAsync();
        using (var client = new TcpClient())
        {
            await client.ConnectAsync(node.Host.Help[0]);
            var stream = client.GetStream();
            await stream.WriteAsync(Encoding.Latin1.GetBytes(request.Replace("LONG", new string('a', 100_000), StringComparison.Ordinal)));
            client.Client.Shutdown(SocketShutdown.Send);
            var answer = await new StreamReader(stream, Encoding.Latin1).ReadToEndAsync().WaitAsync(GuardNode.Patience);
            Assert.DoesNotContain("State of 192", answer, StringComparison.Ordinal);
        }

        Assert.Contains("How to enrol", await GetAsync(node, ""), StringComparison.Ordinal);
        Assert.DoesNotContain(node.Log.Lines, line => line.Level >= Microsoft.Extensions.Logging.LogLevel.Error);
    }

    [Fact]
    public async Task The_key_of_the_links_survives_a_restart_and_is_the_owners_alone()
    {
        await using var node = await StartAsync();
        var file = Path.Combine(node.DataDirectory, "help.key");
        Assert.Equal(HelpKey.Length, new FileInfo(file).Length);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("https://help.example/")]
    [InlineData("https://help.example/?address={address}")]
    public void A_page_that_no_link_leads_to_is_a_configuration_error(string? url) => Assert.Contains(
        new NodeConfiguration { Smtp = new() { HelpListen = [new(IPAddress.Loopback, 8080)], HelpUrl = url } }.Validate(), error => error.StartsWith("Smtp:HelpUrl: ", StringComparison.Ordinal));

    private static Task<GuardNode> StartAsync(Func<NodeConfiguration, NodeConfiguration>? change = null) => GuardNode.StartAsync(c =>
    {
        c = c with
        {
            Node = c.Node with { Postmaster = "postmaster@node.test" },
            Smtp = c.Smtp with { HelpListen = [new(IPAddress.Loopback, 0)], HelpUrl = "http://node.test/?address={address}&id={id}" },
            Throttle = new() { WarmUp = TimeSpan.Zero },
        };
        return change?.Invoke(c) ?? c;
    });

    private static Uri UriOf(GuardNode node, string query, string path = "") => new($"http://{node.Host.Help[0]}/{path}{query}");

    private static async Task<string> GetAsync(GuardNode node, string query)
    {
        using var http = new HttpClient();
        return await http.GetStringAsync(UriOf(node, query));
    }
}
