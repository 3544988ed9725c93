using System.Net;
using System.Text.RegularExpressions;
using ThrottleNet.MxNode.Dashboard;
using ThrottleNet.MxNode.Hosting;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.MxNode.Tests.Dashboard;

/// <summary>What the pages show, without a browser; tests/Real.Tests has one.</summary>
public sealed partial class DashboardPagesTests
{
    private static readonly string[] Paths = ["", "sessions", "blocks", "block?address=127.0.0.1", "block?address=127.0.0.0/24", "network", "hops", "trust", "guard", "queue", "system"];

    [Fact]
    public async Task Each_page_answers_on_a_node_that_has_seen_nothing()
    {
        await using var rig = await DashboardRig.StartAsync();
        foreach (var path in Paths)
        {
            using var page = await rig.Browser.GetAsync(path);
            var text = await page.Content.ReadAsStringAsync();
            Assert.Equal((path, HttpStatusCode.OK), (path, page.StatusCode));
            Assert.Equal("no-store", page.Headers.CacheControl!.ToString());
            Assert.Contains("<h1", text, StringComparison.Ordinal);
            Assert.Contains("node test", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_page_has_nothing_inline_that_the_policy_would_refuse()
    {
        await using var rig = await DashboardRig.StartAsync();
        await (await rig.Node.ConnectAsync()).DeliverAsync("hello");
        foreach (var path in Paths)
        {
            using var page = await rig.Browser.GetAsync(path);
            var text = await page.Content.ReadAsStringAsync();
            Assert.DoesNotMatch(Inline(), text);
            Assert.DoesNotMatch(Outside(), text);
            var policy = Assert.Single(page.Headers.GetValues("Content-Security-Policy"));
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Assets_are_served_with_their_types_and_kept_by_the_browser()
    {
        await using var rig = await DashboardRig.StartAsync(withToken: true);
        foreach (var (name, type) in new[] { ("dashboard.css", "text/css"), ("dashboard.js", "text/javascript"), ("theme.js", "text/javascript"), ("icon.svg", "image/svg+xml") })
        {
            using var asset = await rig.Browser.GetAsync(PageAssets.Path(name)[1..]);
            Assert.Equal((HttpStatusCode.OK, type), (asset.StatusCode, asset.Content.Headers.ContentType!.MediaType));
            Assert.Contains("immutable", asset.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
        }

        using var missing = await rig.Browser.GetAsync("assets/..%2fnode.json");
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
    }

    [Fact]
    public async Task Mail_appears_in_the_figures_the_sessions_and_the_blocks()
    {
        await using var rig = await DashboardRig.StartAsync();
        var client = await rig.Node.ConnectAsync("127.0.0.3");
        Assert.StartsWith("250", await client.DeliverAsync("hello"), StringComparison.Ordinal);
        await client.TalkAsync(">QUIT", "<221");
        await rig.Node.SessionsAsync();
        var overview = await rig.Browser.GetStringAsync("");
        Assert.Matches("""data-figure="passed">1<""", overview);
        Assert.Contains("127.0.0.3", overview, StringComparison.Ordinal);
        Assert.Contains("example.com", await rig.Browser.GetStringAsync("sessions?block=127.0.0.0/24&verdict=forward"), StringComparison.Ordinal);
        Assert.Contains("Show all", await rig.Browser.GetStringAsync("sessions?domain=other.test"), StringComparison.Ordinal);
        Assert.Contains("/block?address=127.0.0.3", await rig.Browser.GetStringAsync("blocks"), StringComparison.Ordinal);
        var story = await rig.Browser.GetStringAsync("block?address=127.0.0.3");
        Assert.Matches("""data-figure="hour">1<""", story);
        Assert.Contains("sends as much as a person", story, StringComparison.Ordinal);
        Assert.Contains(rig.Node.Hop.EndPoint.ToString(), await rig.Browser.GetStringAsync("hops"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_client_says_is_shown_as_text()
    {
        await using var rig = await DashboardRig.StartAsync();
        await using var client = await rig.Node.ConnectAsync();
        await client.TalkAsync("<220", ">EHLO <script>alert(1)</script>", "<250", ">QUIT", "<221");
        await rig.Node.SessionsAsync();
        var shown = await rig.Browser.GetStringAsync("sessions");
        Assert.DoesNotContain("<script>alert", shown, StringComparison.Ordinal);
        Assert.Contains("HELO &lt;script&gt;alert(1)&lt;/script&gt;", shown, StringComparison.Ordinal);
        var asked = await rig.Browser.GetStringAsync("sessions?block=%3Cscript%3Ealert(1)%3C/script%3E");
        Assert.DoesNotContain("<script>alert", asked, StringComparison.Ordinal);
        Assert.Contains("is not an address", asked, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_key_the_page_shows_the_command_that_enrols()
    {
        await using var rig = await DashboardRig.StartAsync();
        using var answer = await DashboardRig.PostAsync(
            rig.Browser, "trust", "trust/enrol", ("subject", "192.0.2.7"), ("kind", "list-host"), ("organisation", "Bob's list"), ("contact", "bob@lists.example"), ("rate", "500"), ("expires", "2030-01-31"));
        var text = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());
        Assert.Contains(@"throttlenet trust enrol 192.0.2.7/32 --kind list-host --organisation 'Bob'\''s list' --contact bob@lists.example --rate 500 --expires 2030-01-31T00:00:00Z", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_the_operators_key_an_admin_enrols_suspends_and_revokes()
    {
        await using var rig = await SigningRigAsync();
        using var login = await DashboardRig.LogInAsync(rig.Browser);
        using var enrolled = await DashboardRig.PostAsync(
            rig.Browser, "trust", "trust/enrol", ("subject", "192.0.2.7"), ("kind", "list-host"), ("organisation", "A list"), ("contact", "list@lists.example"), ("rate", "500"));
        Assert.Contains("signed (enrol)", await enrolled.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await ShowsAsync("trust?q=192.0.2.7", "A list");
        foreach (var (action, standing) in new[] { ("suspend", "suspended"), ("revoke", "revoked") })
        {
            using var denied = await DashboardRig.PostAsync(rig.Browser, "trust", "trust/deny", ("subject", "192.0.2.7"), ("reason", "it sends spam"), ("action", action));
            Assert.Contains($"signed ({action})", await denied.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            await ShowsAsync("trust?q=192.0.2.7", $">{standing}<");
        }

        async Task ShowsAsync(string path, string text) => await Eventually.HoldsAsync(
            $"{text} at {path}", async () => (await rig.Browser.GetStringAsync(path)).Contains(text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_overlap_is_signed_only_when_it_is_confirmed()
    {
        await using var rig = await SigningRigAsync();
        using var login = await DashboardRig.LogInAsync(rig.Browser);
        (string, string)[] fields = [("kind", "site"), ("organisation", "A list"), ("contact", "list@lists.example"), ("rate", "500")];
        using var first = await DashboardRig.PostAsync(rig.Browser, "trust", "trust/enrol", [("subject", "192.0.2.0/24"), .. fields]);
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        using var overlap = await DashboardRig.PostAsync(rig.Browser, "trust", "trust/enrol", [("subject", "192.0.2.7"), .. fields]);
        Assert.Equal(HttpStatusCode.OK, overlap.StatusCode); // a question
        Assert.Contains("overlaps 192.0.2.0/24", WebUtility.HtmlDecode(await overlap.Content.ReadAsStringAsync()), StringComparison.Ordinal);
        using var confirmed = await DashboardRig.PostAsync(rig.Browser, "trust", "trust/enrol", [("subject", "192.0.2.7"), ("anyway", "yes"), .. fields]);
        Assert.Contains("signed (enrol)", await confirmed.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_needs_a_login()
    {
        var faults = new ThrottleNet.MxNode.Admin.AdminOptions { TrustKeyFile = "key.pem" }.Validate("Admin");
        Assert.Contains("set TokenFile too", Assert.Single(faults), StringComparison.Ordinal);
    }

    private static async Task<DashboardRig> SigningRigAsync()
    {
        using var key = SigningKey.Create();
        return await DashboardRig.StartAsync(withToken: true, (rig, c) => c with
        {
            Admin = c.Admin with { TrustKeyFile = rig.Folder.Write("key.pem", key.ToPem()) },
            Trust = c.Trust with { Roots = [key.Public.Id] },
        });
    }

    [GeneratedRegex(@"<style|<script(?! src=)| style=| on\w+=|javascript:")]
    private static partial Regex Inline();

    [GeneratedRegex(@"(src|href|action)=""(https?:)?//")]
    private static partial Regex Outside();
}
