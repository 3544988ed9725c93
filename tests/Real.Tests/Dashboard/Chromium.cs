using Microsoft.Playwright;

namespace ThrottleNet.Real.Tests.Dashboard;

/// <summary>Debian's Chromium, driven by Playwright; one for all tests of a class.</summary>
public sealed class Chromium : IAsyncLifetime
{
    /// <summary>The program's name, for <see cref="NeedsFactAttribute"/>.</summary>
    public const string Program = "chromium";

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>A new browser without cookies, at a window size and a colour scheme.</summary>
    internal async Task<Visit> VisitAsync(Uri site, int width = 1280, ColorScheme scheme = ColorScheme.Light)
    {
        var context = await _browser!.NewContextAsync(new() { ViewportSize = new() { Width = width, Height = 800 }, ColorScheme = scheme, BaseURL = site.ToString() });
        return await Visit.OpenAsync(context, site);
    }

    public async Task InitializeAsync()
    {
        if (Needs.FindProgram(Program) is not { } path)
        {
            return; // each test is skipped
        }

        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = path, Args = ["--no-sandbox", "--disable-gpu"] });
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }
}
