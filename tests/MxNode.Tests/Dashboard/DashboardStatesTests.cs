using System.Net;
using Microsoft.Extensions.DependencyInjection;
using ThrottleNet.MxNode.Inbound;
using ThrottleNet.MxNode.Relay;

namespace ThrottleNet.MxNode.Tests.Dashboard;

/// <summary>What the pages show of a node with filters, certificates, next hops and peers, when these work and when they fail; and of a page that fails.</summary>
public sealed class DashboardStatesTests
{
    [Fact]
    public async Task A_page_that_fails_says_so_and_the_others_go_on()
    {
        await using var rig = await DashboardRig.StartAsync();
        rig.Node.ExpectsErrors = true;
        rig.Node.Node.Services.GetRequiredService<ServerCertificate>().Current()!.All[0].Certificate.Dispose();
        using var page = await rig.Browser.GetAsync("system");
        var text = await page.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.InternalServerError, page.StatusCode);
        Assert.Contains("<h1>This page failed</h1>", text, StringComparison.Ordinal);
        Assert.Contains("Mail goes on as before", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", text, StringComparison.Ordinal);
        Assert.Equal("the dashboard's page /system failed; mail goes on; please report this", Assert.Single(await rig.Node.Log.UntilAsync(6000)).Message);
        using var other = await rig.Browser.GetAsync("queue");
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
    }

    [Fact]
    public async Task The_certificate_of_STARTTLS_is_shown_with_its_days()
    {
        await using var rig = await DashboardRig.StartAsync();
        var certificate = rig.Node.Node.Services.GetRequiredService<ServerCertificate>().Current()!.All[0].Certificate;
        var days = Math.Floor((certificate.NotAfter.ToUniversalTime() - rig.Node.Clock.GetUtcNow().UtcDateTime).TotalDays);
        var page = await rig.Browser.GetStringAsync("system");
        Assert.Matches($@"STARTTLS<small class=""under"">Smtp:Certificate</small></td><td>CN=a\.node\.test</td><td class=""number"" title=""until [^""]+"">{days:#,0}<", page);
    }

    [Fact]
    public async Task A_content_filter_that_does_not_answer_is_a_concern_and_the_system_page_names_it()
    {
        await using var filter = new ScriptedFilter();
        await using var rig = await DashboardRig.StartAsync(change: (_, c) => c with { Content = new() { Milters = [filter.Address], OnFailure = "accept" } });
        rig.Node.ExpectsErrors = true;
        Assert.Matches("<td>[^<]*</td><td><span class=\"verdict passed\">works<", await rig.Browser.GetStringAsync("system"));
        Assert.DoesNotContain("Needs attention", await rig.Browser.GetStringAsync(""), StringComparison.Ordinal);

        filter.Kill();
        await (await rig.Node.ConnectAsync()).DeliverAsync("hello");
        Assert.Contains("does not answer", await rig.Browser.GetStringAsync("system"), StringComparison.Ordinal);
        Assert.Contains("start it, or take it out of Content:Milters", await rig.Browser.GetStringAsync(""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_next_hop_that_fails_is_shown_with_what_it_fails_at()
    {
        await using var rig = await DashboardRig.StartAsync();
        Assert.Contains("There is no session with a next hop now", await rig.Browser.GetStringAsync("hops"), StringComparison.Ordinal);
        var memory = rig.Node.Node.Services.GetRequiredService<HopMemory>();
        memory.NoteSilent(IPEndPoint.Parse("192.0.2.25:25"));
        memory.NoteTlsFailure(IPEndPoint.Parse("192.0.2.25:25"));
        Assert.Matches("192\\.0\\.2\\.25:25</td>\\s*<td><span class=\"verdict refused\">(did not answer in time, fails at STARTTLS|fails at STARTTLS, did not answer in time)<", await rig.Browser.GetStringAsync("hops"));
        await (await rig.Node.ConnectAsync()).DeliverAsync("hello");
        Assert.Matches($"{rig.Node.Hop.EndPoint}</td>\\s*<td><span class=\"verdict passed\">works<", await rig.Browser.GetStringAsync("hops"));
    }

    [Fact]
    public async Task A_destination_that_refuses_the_relay_is_listed_with_what_to_do()
    {
        await using var rig = await DashboardRig.StartAsync();
        Assert.Contains("No destination has refused this relay", await rig.Browser.GetStringAsync("hops"), StringComparison.Ordinal);
        rig.Node.Hop.Script = (step, _) => step == "greeting" ? HopAction.SayAndHangUp("554 5.7.1 Service unavailable; client host [127.0.0.1] blocked using zen.example.net") : null;
        await (await rig.Node.ConnectAsync()).DeliverAsync("hello");
        var page = await rig.Browser.GetStringAsync("hops");
        Assert.Matches("<td class=\"number\">1</td>", page);
        Assert.Contains("It names zen.example.net: look this node&#x27;s address up there", page, StringComparison.Ordinal);
        Assert.Contains("ask that list to remove this node&#x27;s address", await rig.Browser.GetStringAsync(""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_the_relay_defers_is_unblocked_from_its_own_page()
    {
        await using var rig = await DashboardRig.StartAsync(change: (_, c) => c with
        {
            Throttle = c.Throttle with { Host = new() { Soft = 1, Hard = 2, Day = 24 }, MaxDelay = TimeSpan.Zero },
        });
        await using var client = await rig.Node.ConnectAsync("127.0.0.7");
        await client.TalkAsync("<220", ">EHLO client.test", "<250", ">MAIL FROM:<a@client.test>", "<250", ">RCPT TO:<b@example.com>", "<250", ">RCPT TO:<c@example.com>", "<451");
        Assert.Contains("This relay defers its recipients.", await rig.Browser.GetStringAsync("block?address=127.0.0.7"), StringComparison.Ordinal);
        using var answer = await DashboardRig.PostAsync(rig.Browser, "trust", "block/unblock", ("address", "127.0.0.7"));
        var page = await answer.Content.ReadAsStringAsync();
        Assert.Contains("127.0.0.7 is let in again", page, StringComparison.Ordinal);
        Assert.DoesNotContain("This relay defers its recipients.", page, StringComparison.Ordinal);
        Assert.Contains("data-source=\"/block?address=127.0.0.7\"", page, StringComparison.Ordinal);
        await client.TalkAsync(">RCPT TO:<d@example.com>", "<250");
    }

    [Fact]
    public async Task A_node_without_peers_is_told_how_to_join_and_one_with_peers_shows_them()
    {
        await using var alone = await DashboardRig.StartAsync();
        Assert.Contains("This node shares its counts with no other", await alone.Browser.GetStringAsync("network"), StringComparison.Ordinal);

        using var network = new NodeNetwork();
        await using var a = await network.StartAsync("a", [], c => c with { Admin = new() { Listen = new(IPAddress.Loopback, 0) } });
        using var browser = new HttpClient { BaseAddress = new Uri($"http://{a.Dashboard}/") };
        Assert.Contains("No neighbour is linked", await browser.GetStringAsync("network"), StringComparison.Ordinal);
        await using var b = await network.StartAsync("b", a.Address);
        await ExchangeNode.LinkedAsync(a, b);
        Assert.Matches("<td>b</td>\\s*<td>operator-b</td>\\s*<td>ready</td>", await browser.GetStringAsync("network"));
    }
}
