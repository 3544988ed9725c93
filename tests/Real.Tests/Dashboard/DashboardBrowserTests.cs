using Microsoft.Playwright;

namespace ThrottleNet.Real.Tests.Dashboard;

/// <summary>The dashboard in a real browser, as a person uses it.</summary>
public sealed class DashboardBrowserTests(Chromium chromium) : IClassFixture<Chromium>
{
    private const string Mail = "swaks";

    private static readonly string[] Paths =
        ["/", "/sessions", "/blocks", "/block?address=127.0.0.7", "/block?address=127.0.0.0/24", "/network", "/hops", "/trust", "/guard", "/queue", "/system"];

    // Where pictures for docs/ are written; they are not taken otherwise.
    private static readonly string? Pictures = Environment.GetEnvironmentVariable("DASHBOARD_PICTURES");

    [NeedsTheory(Chromium.Program, Mail)]
    [InlineData(1280, ColorScheme.Light)]
    [InlineData(1280, ColorScheme.Dark)]
    [InlineData(360, ColorScheme.Light)]
    [InlineData(360, ColorScheme.Dark)]
    public async Task Each_page_is_accessible_fits_and_has_no_fault(int width, ColorScheme scheme)
    {
        await using var site = await DashboardSite.StartAsync();
        await site.SendAsync("127.0.0.7");
        await using var visit = await chromium.VisitAsync(site.Address, width, scheme);
        await visit.GoAsync("/login");
        await visit.CheckAsync();
        await visit.LogInAsync(DashboardSite.Token);
        foreach (var path in Paths)
        {
            await visit.GoAsync(path);
            await visit.SeesAsync("h1");
            await visit.CheckAsync();
            await PictureAsync(visit, $"{path.Split('?')[0].TrimStart('/')}-{width}-{scheme}");
        }
    }

    [NeedsFact(Chromium.Program)]
    public async Task A_wrong_token_is_refused_and_the_right_one_leads_to_the_page_that_was_asked_for()
    {
        await using var site = await DashboardSite.StartAsync();
        await using var visit = await chromium.VisitAsync(site.Address);
        await visit.GoAsync("/sessions?verdict=defer");
        await visit.Page.GetByLabel("Token of this node").FillAsync("wrong");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Log in" }).ClickAsync();
        await visit.SeesAsync("[role=alert]:has-text('not the node')");
        await visit.Page.GetByLabel("Token of this node").FillAsync(DashboardSite.Token);
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Log in" }).ClickAsync();
        await visit.SeesAsync("h1:has-text('Recent sessions')");
        Assert.EndsWith("/sessions?verdict=defer", visit.Page.Url, StringComparison.Ordinal);
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Log out" }).ClickAsync();
        await visit.SeesAsync("h1:has-text('Log in')");
    }

    [NeedsFact(Chromium.Program, Mail)]
    public async Task The_overview_follows_the_mail_that_swaks_sends_without_a_reload()
    {
        await using var site = await DashboardSite.StartAsync();
        await using var visit = await chromium.VisitAsync(site.Address);
        await visit.LogInAsync(DashboardSite.Token);
        await visit.SeesAsync("text=No mail has come yet.");
        await visit.Page.EvaluateAsync("window.sameDocument = true");
        await site.SendAsync("127.0.0.8");
        await visit.SeesAsync("[data-figure=passed]:text-is('1')");
        await visit.SeesAsync("td a:text-is('127.0.0.8')");
        await site.SendAsync("127.0.0.9");
        await visit.SeesAsync("[data-figure=passed]:text-is('2')");
        Assert.True(await visit.Page.EvaluateAsync<bool>("window.sameDocument"));
        Assert.Empty(visit.Faults);
    }

    [NeedsFact(Chromium.Program, Mail)]
    public async Task A_blocks_story_follows_its_mail()
    {
        await using var site = await DashboardSite.StartAsync();
        await using var visit = await chromium.VisitAsync(site.Address);
        await visit.LogInAsync(DashboardSite.Token);
        await visit.GoAsync("/block?address=127.0.0.8");
        await visit.SeesAsync("[data-figure=hour]:text-is('0')");
        await site.SendAsync("127.0.0.8");
        await visit.SeesAsync("[data-figure=hour]:text-is('1')");
        await visit.SeesAsync("td:has-text('sink.test')");
        Assert.Empty(visit.Faults);
    }

    [NeedsFact(Chromium.Program)]
    public async Task While_paused_the_page_stays_as_it_is()
    {
        await using var site = await DashboardSite.StartAsync();
        await using var visit = await chromium.VisitAsync(site.Address);
        await visit.LogInAsync(DashboardSite.Token);
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Live" }).ClickAsync();
        await visit.SeesAsync("#pause[aria-pressed=true]:has-text('Paused')");
        await visit.Page.ReloadAsync();
        await visit.SeesAsync("#pause[aria-pressed=true]");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Paused" }).ClickAsync();
        await visit.Page.RunAndWaitForRequestAsync(() => Task.CompletedTask, request => request.Headers.ContainsKey("x-refresh"));
        Assert.Empty(visit.Faults);
    }

    [NeedsFact(Chromium.Program)]
    public async Task A_keyboard_alone_is_enough()
    {
        await using var site = await DashboardSite.StartAsync();
        await using var visit = await chromium.VisitAsync(site.Address);
        var keys = visit.Page.Keyboard;
        await visit.GoAsync("/login");
        await visit.SeesAsync("#token:focus");
        await keys.TypeAsync(DashboardSite.Token);
        await keys.PressAsync("Enter");
        await visit.SeesAsync("nav");
        await keys.PressAsync("Tab");
        await visit.SeesAsync(".skip:focus");
        await TabToAsync(visit, "Sessions");
        Assert.NotEqual("none", await visit.Page.EvaluateAsync<string>("getComputedStyle(document.activeElement).outlineStyle"));
        await keys.PressAsync("Enter");
        await visit.SeesAsync("a[aria-current=page]:text-is('Sessions')");
        await TabToAsync(visit, "", "input[name=domain]:focus");
        await keys.TypeAsync("example.test");
        await keys.PressAsync("Enter");
        await visit.SeesAsync("text=None of the last");
        Assert.EndsWith("domain=example.test&verdict=", visit.Page.Url, StringComparison.Ordinal);
        Assert.Empty(visit.Faults);
    }

    [NeedsFact(Chromium.Program)]
    public async Task A_host_is_enrolled_and_revoked_by_the_keyboard_alone()
    {
        await using var site = await DashboardSite.StartAsync();
        await using var visit = await chromium.VisitAsync(site.Address);
        var keys = visit.Page.Keyboard;
        await visit.LogInAsync(DashboardSite.Token);
        await TabToAsync(visit, "Trusted list");
        await keys.PressAsync("Enter");
        await visit.SeesAsync("a[aria-current=page]:text-is('Trusted list')");
        foreach (var (field, text) in new[] { ("subject", "127.0.0.20"), ("kind", "list"), ("organisation", "Lists of Ann"), ("contact", "ann@lists.test"), ("rate", "500") })
        {
            await TabToAsync(visit, "", $"form[action='/trust/enrol'] [name={field}]:focus");
            await keys.TypeAsync(text);
        }

        await keys.PressAsync("Enter");
        await visit.SeesAsync(".notice.bad:has-text('127.0.0.20/32 is a private or reserved range')");
        await TabToAsync(visit, "", "form[action='/trust/enrol'] [name=anyway]:focus");
        await keys.PressAsync("Space");
        await TabToAsync(visit, "", "form[action='/trust/enrol'] button:focus");
        await keys.PressAsync("Enter");
        await visit.SeesAsync(".notice.good:has-text('127.0.0.20/32: signed (enrol)')");
        await visit.SeesAsync("tr:has-text('Lists of Ann') >> text=trusted");

        await TabToAsync(visit, "", "a[aria-label='Suspend or revoke 127.0.0.20/32']:focus");
        await keys.PressAsync("Enter");
        await visit.SeesAsync("form[action='/trust/deny'] [name=subject][value='127.0.0.20/32']");
        await TabToAsync(visit, "", "form[action='/trust/deny'] [name=reason]:focus");
        await keys.TypeAsync("it sends spam");
        await TabToAsync(visit, "", "form[action='/trust/deny'] button[value=revoke]:focus");
        await keys.PressAsync("Enter");
        await visit.SeesAsync("tr:has-text('127.0.0.20') >> text=revoked");
        Assert.Empty(visit.Faults);
    }

    [NeedsFact(Chromium.Program, Mail)]
    public async Task An_admin_enrols_a_host_whose_mail_then_passes_as_trusted_and_revokes_it()
    {
        await using var site = await DashboardSite.StartAsync();
        await using var visit = await chromium.VisitAsync(site.Address);
        await visit.LogInAsync(DashboardSite.Token);
        await visit.GoAsync("/trust");
        var enrol = visit.Page.Locator("form[action='/trust/enrol']");
        await enrol.Locator("[name=subject]").FillAsync("127.0.0.20");
        await enrol.Locator("[name=kind]").SelectOptionAsync("list-host");
        await enrol.Locator("[name=organisation]").FillAsync("Lists of Ann");
        await enrol.Locator("[name=contact]").FillAsync("ann@lists.test");
        await enrol.Locator("[name=rate]").FillAsync("500");
        await enrol.Locator("button").ClickAsync();
        await visit.SeesAsync(".notice.bad:has-text('127.0.0.20/32 is a private or reserved range')");
        await visit.CheckAsync();
        await enrol.Locator("[name=anyway]").CheckAsync();
        await enrol.Locator("button").ClickAsync();
        await visit.SeesAsync(".notice.good:has-text('127.0.0.20/32: signed (enrol)')");
        await visit.SeesAsync("tr:has-text('Lists of Ann') >> text=trusted");
        await visit.CheckAsync();
        await PictureAsync(visit, "enrolled");
        await site.SendAsync("127.0.0.20");
        await visit.GoAsync("/sessions?block=127.0.0.20");
        await visit.SeesAsync("td:text-is('on the trusted list')");

        await visit.GoAsync("/trust?q=lists.test");
        await visit.Page.GetByRole(AriaRole.Link, new() { Name = "Renew 127.0.0.20/32" }).ClickAsync();
        var renew = visit.Page.Locator("form[action='/trust/renew']");
        await renew.Locator("[name=rate]").FillAsync("700");
        await renew.Locator("button").ClickAsync();
        await visit.SeesAsync(".notice.good:has-text('signed (renew)')");
        await visit.SeesAsync("tr:has-text('127.0.0.20') >> text=700");

        await visit.GoAsync("/trust?q=lists.test");
        await visit.Page.GetByRole(AriaRole.Link, new() { Name = "Suspend or revoke 127.0.0.20/32" }).ClickAsync();
        var deny = visit.Page.Locator("form[action='/trust/deny']");
        await deny.Locator("[name=reason]").FillAsync("it sends spam");
        await deny.Locator("button[value=revoke]").ClickAsync();
        await visit.SeesAsync(".notice.good:has-text('signed (revoke)')");
        await visit.SeesAsync("tr:has-text('127.0.0.20') >> text=revoked");
        Assert.Empty(visit.Faults);
    }

    [NeedsFact(Chromium.Program)]
    public async Task A_queued_message_is_held_retried_and_delivered_by_buttons_and_deleting_is_asked_about()
    {
        await using var site = await DashboardSite.StartAsync("Spool:Enabled=true");
        site.Hop.Script = (step, _) => step == "greeting" ? HopAction.SayAndHangUp("421 4.3.2 not now") : null;
        await using var visit = await chromium.VisitAsync(site.Address, width: 360);
        await visit.LogInAsync(DashboardSite.Token);
        await visit.GoAsync("/queue");
        await visit.SeesAsync("text=The queue is empty.");
        Assert.StartsWith("250", await site.TryAsync("127.0.0.7", "ann@sink.test"), StringComparison.Ordinal);
        await visit.SeesAsync("td:has-text('again in')");
        await visit.CheckAsync();
        await visit.Page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Hold ") }).ClickAsync();
        await visit.SeesAsync(".notice.good:has-text('1 message held until retried.')");
        await visit.SeesAsync("td:text-is('held')");
        visit.Page.Dialog += (_, dialog) => dialog.DismissAsync();
        await visit.Page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Delete ") }).ClickAsync();
        await visit.SeesAsync("td:text-is('held')");
        site.Hop.Script = (_, _) => null;
        await visit.Page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Retry ") }).ClickAsync();
        await visit.SeesAsync(".notice.good:has-text('1 message will be tried at once.')");
        await visit.SeesAsync("text=The queue is empty.");
        Assert.Single(site.Hop.Messages);
        Assert.Empty(visit.Faults);
    }

    [NeedsTheory(Chromium.Program)]
    [InlineData(1280, ColorScheme.Light)]
    [InlineData(360, ColorScheme.Dark)]
    public async Task The_pages_of_a_busy_node_are_accessible_and_fit(int width, ColorScheme scheme)
    {
        await using var site = await DashboardSite.StartAsync(
            "Spool:Enabled=true", "Spool:Domains=later.test", "Relay:Routes:later.test=127.0.0.1:1", "Throttle:Hold=00:00:00", "Throttle:MaxDelay=00:00:00", "Trust:Entries=127.0.0.40/32");
        for (var host = 11; host < 19; host++)
        {
            await site.TryAsync($"127.0.0.{host}", [.. Enumerable.Range(1, host % 4 + 1).Select(i => $"user{i}@sink.test")]);
        }

        await site.TryAsync("127.0.0.40", [.. Enumerable.Range(1, 24).Select(i => $"member{i}@sink.test")]);
        await site.TryAsync("127.0.0.12", "ann@later.test");
        await site.TryAsync("127.0.0.13", "bob@later.test", "carol@later.test");
        await site.TryAsync("127.0.0.14", "someone@[127.0.0.1]");
        Assert.StartsWith("45", await site.TryAsync("127.0.0.66", [.. Enumerable.Range(1, 60).Select(i => $"victim{i}@sink.test")]), StringComparison.Ordinal);
        await site.TryAsync("127.0.0.66", "another@sink.test");
        await using var visit = await chromium.VisitAsync(site.Address, width, scheme);
        await visit.LogInAsync(DashboardSite.Token);
        foreach (var path in (string[])["/", "/sessions", "/blocks", "/block?address=127.0.0.66", "/hops", "/queue", "/queue?domain=later.test", "/system"])
        {
            await visit.GoAsync(path);
            await visit.SeesAsync("h1");
            await visit.CheckAsync();
            await PictureAsync(visit, $"busy-{path.TrimStart('/').Replace('?', '-')}-{width}-{scheme}");
        }
    }

    [NeedsFact(Chromium.Program)]
    public async Task A_node_that_stops_answering_is_said_to_and_found_again()
    {
        await using var site = await DashboardSite.StartAsync();
        await using var visit = await chromium.VisitAsync(site.Address);
        await visit.LogInAsync(DashboardSite.Token);
        await visit.Page.Context.SetOfflineAsync(true);
        await visit.SeesAsync("#lost:has-text('does not answer')");
        await visit.Page.Context.SetOfflineAsync(false);
        await visit.Page.WaitForSelectorAsync("#lost", new() { State = WaitForSelectorState.Hidden });
        Assert.Equal("Overview · a · ThrottleNet", await visit.Page.TitleAsync());
    }

    [NeedsFact(Chromium.Program)]
    public async Task The_theme_is_chosen_and_kept()
    {
        await using var site = await DashboardSite.StartAsync();
        await using var visit = await chromium.VisitAsync(site.Address);
        await visit.LogInAsync(DashboardSite.Token);
        var light = await BackgroundAsync();
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Dark" }).ClickAsync();
        var dark = await BackgroundAsync();
        Assert.NotEqual(light, dark);
        await visit.GoAsync("/system");
        Assert.Equal(dark, await BackgroundAsync());
        await visit.CheckAsync();

        Task<string> BackgroundAsync() => visit.Page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor");
    }

    // Presses Tab until the focus is where it is wanted; a page has fewer places than this.
    private static async Task TabToAsync(Visit visit, string name, string? selector = null)
    {
        for (var i = 0; i < 60; i++)
        {
            await visit.Page.Keyboard.PressAsync("Tab");
            if (selector is null ? await visit.Page.EvaluateAsync<string>("document.activeElement.textContent") == name : await visit.Page.QuerySelectorAsync(selector) is not null)
            {
                return;
            }
        }

        Assert.Fail($"Tab does not reach {name}{selector}");
    }

    private static async Task PictureAsync(Visit visit, string name)
    {
        if (Pictures is not null)
        {
            await visit.Page.ScreenshotAsync(new() { Path = Path.Combine(Pictures, $"{name}.png"), FullPage = true });
        }
    }
}
