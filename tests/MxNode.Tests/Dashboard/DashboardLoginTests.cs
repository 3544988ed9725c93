using System.Net;
using ThrottleNet.MxNode.Dashboard.Access;

namespace ThrottleNet.MxNode.Tests.Dashboard;

/// <summary>Who gets in: with the token only, by a form of this node only, after few tries only.</summary>
public sealed class DashboardLoginTests
{
    [Fact]
    public async Task Without_a_login_no_page_shows_anything()
    {
        await using var rig = await DashboardRig.StartAsync(withToken: true);
        foreach (var path in new[] { "", "sessions", "blocks", "block?address=192.0.2.1", "network", "hops", "trust", "guard", "queue", "system" })
        {
            using var page = await rig.Browser.GetAsync(path);
            Assert.Equal(HttpStatusCode.Redirect, page.StatusCode);
            Assert.Equal("/login?to=%2F" + Uri.EscapeDataString(path), page.Headers.Location!.OriginalString);
            using var refresh = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "X-Refresh", "1" } } };
            using var refreshed = await rig.Browser.SendAsync(refresh);
            Assert.Equal(HttpStatusCode.Unauthorized, refreshed.StatusCode);
        }

        using var enrolled = await DashboardRig.PostAsync(rig.Browser, "login", "trust/enrol", ("subject", "192.0.2.1"));
        Assert.Equal(HttpStatusCode.Unauthorized, enrolled.StatusCode);
    }

    [Fact]
    public async Task The_token_opens_the_pages_for_one_browser_until_it_logs_out()
    {
        await using var rig = await DashboardRig.StartAsync(withToken: true);
        using var login = await DashboardRig.LogInAsync(rig.Browser);
        Assert.Equal((HttpStatusCode.SeeOther, "/"), (login.StatusCode, login.Headers.Location!.OriginalString));
        var cookie = Assert.Single(login.Headers.GetValues("Set-Cookie"));
        Assert.Contains("httponly", cookie, StringComparison.Ordinal);
        Assert.Contains("samesite=strict", cookie, StringComparison.Ordinal);
        Assert.DoesNotContain(DashboardRig.Token, cookie, StringComparison.Ordinal);
        Assert.Contains("Log out", await rig.Browser.GetStringAsync(""), StringComparison.Ordinal);
        using var other = await rig.AddBrowser().GetAsync("");
        Assert.Equal(HttpStatusCode.Redirect, other.StatusCode);
        using var logout = await DashboardRig.PostAsync(rig.Browser, "", "logout");
        Assert.Equal("/login", logout.Headers.Location!.OriginalString);
        using var after = await rig.Browser.GetAsync("");
        Assert.Equal(HttpStatusCode.Redirect, after.StatusCode);
    }

    [Fact]
    public async Task A_login_ends_after_its_term()
    {
        await using var rig = await DashboardRig.StartAsync(withToken: true);
        using var login = await DashboardRig.LogInAsync(rig.Browser);
        rig.Node.Clock.Advance(Logins.Term);
        using var after = await rig.Browser.GetAsync("");
        Assert.Equal(HttpStatusCode.Redirect, after.StatusCode);
    }

    [Fact]
    public async Task Wrong_tokens_may_be_tried_five_times_a_minute()
    {
        await using var rig = await DashboardRig.StartAsync(withToken: true);
        for (var i = 0; i < LoginTries.Most; i++)
        {
            using var wrong = await DashboardRig.LogInAsync(rig.Browser, $"guess {i}");
            Assert.Equal(HttpStatusCode.Forbidden, wrong.StatusCode);
            Assert.Contains("not the node", await wrong.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        using var right = await DashboardRig.LogInAsync(rig.Browser);
        Assert.Equal(HttpStatusCode.Forbidden, right.StatusCode);
        Assert.Contains("in a minute", await right.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        rig.Node.Clock.Advance(LoginTries.Span);
        using var later = await DashboardRig.LogInAsync(rig.Browser);
        Assert.Equal(HttpStatusCode.SeeOther, later.StatusCode);
    }

    [Theory]
    [InlineData("/sessions?verdict=defer", "/sessions?verdict=defer")]
    [InlineData("//evil.example/", "/")]
    [InlineData("/\\evil.example/", "/")]
    [InlineData("/\t/evil.example/", "/")]
    [InlineData("https://evil.example/", "/")]
    public async Task A_login_leads_to_a_page_of_this_node_only(string to, string expected)
    {
        await using var rig = await DashboardRig.StartAsync(withToken: true);
        using var login = await DashboardRig.PostAsync(rig.Browser, "login", "login", ("token", DashboardRig.Token), ("to", to));
        Assert.Equal(expected, login.Headers.Location!.OriginalString);
    }

    [Fact]
    public async Task A_form_of_another_site_does_nothing()
    {
        await using var rig = await DashboardRig.StartAsync(withToken: true);
        var attacker = rig.AddBrowser();
        using var login = await DashboardRig.LogInAsync(rig.Browser);
        foreach (var token in new[] { "", "00", await DashboardRig.FormTokenAsync(attacker, "login") })
        {
            using var form = new FormUrlEncodedContent([KeyValuePair.Create("form", token), KeyValuePair.Create("subject", "192.0.2.1")]);
            using var answer = await rig.Browser.PostAsync("trust/enrol", form);
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        }
    }

    [Fact]
    public async Task A_form_that_is_too_long_is_refused()
    {
        await using var rig = await DashboardRig.StartAsync(withToken: true);
        using var login = await DashboardRig.LogInAsync(rig.Browser, new string('x', 100_000));
        Assert.Contains(login.StatusCode, new[] { HttpStatusCode.BadRequest, HttpStatusCode.RequestEntityTooLarge });
    }

    [Fact]
    public void Logins_are_bounded_and_the_oldest_gives_way()
    {
        var clock = new FakeTimeProvider();
        var logins = new Logins(clock);
        var first = logins.Open();
        for (var i = 0; i < 100; i++)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            logins.Open();
        }

        Assert.False(logins.IsOpen(first));
        Assert.True(logins.IsOpen(logins.Open()));
        Assert.False(logins.IsOpen(null));
        Assert.False(logins.IsOpen(new string('0', 64)));
    }
}
