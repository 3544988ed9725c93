using System.Collections.Concurrent;
using Deque.AxeCore.Commons;
using Microsoft.Playwright;

namespace ThrottleNet.Real.Tests.Dashboard;

/// <summary>A person's visit to the dashboard. It notes what a person with the developer tools open would see: errors, and requests to other sites.</summary>
internal sealed class Visit : IAsyncDisposable
{
    private static readonly string Axe = new BundledAxeScriptProvider().GetScript();

    private readonly IBrowserContext _context;
    private readonly ConcurrentQueue<string> _faults = new();

    private Visit(IBrowserContext context, IPage page) => (_context, Page) = (context, page);

    public IPage Page { get; }

    public static async Task<Visit> OpenAsync(IBrowserContext context, Uri site)
    {
        var visit = new Visit(context, await context.NewPageAsync());
        visit.Page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                visit._faults.Enqueue($"console: {message.Text} ({message.Location})");
            }
        };
        visit.Page.PageError += (_, error) => visit._faults.Enqueue($"script: {error}");
        visit.Page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(site.ToString(), StringComparison.Ordinal))
            {
                visit._faults.Enqueue($"request: {request.Url}");
            }
        };
        return visit;
    }

    /// <summary>Opens a page of the dashboard.</summary>
    public Task GoAsync(string path) => Page.GotoAsync(path);

    /// <summary>Logs in with a token.</summary>
    public async Task LogInAsync(string token)
    {
        await GoAsync("/login");
        await Page.GetByLabel("Token of this node").FillAsync(token);
        await Page.GetByRole(AriaRole.Button, new() { Name = "Log in" }).ClickAsync();
        await SeesAsync("nav");
    }

    /// <summary>Waits until the page has an element.</summary>
    public Task SeesAsync(string selector) => Page.WaitForSelectorAsync(selector, new() { Timeout = (float)Eventually.Patience.TotalMilliseconds });

    /// <summary>Checks the page as it is: accessibility by axe, no sideways scrolling, no fault so far.</summary>
    public async Task CheckAsync()
    {
        // Deque's package for Playwright also looks into frames, which the dashboard has none of, and opens a page of its own for that at each check.
        await Page.EvaluateAsync(Axe);
        var violations = await Page.EvaluateAsync<string[]>(
            "axe.run().then(r => r.violations.map(v => `${location}: ${v.impact} ${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map(n => n.html).join(' ')}`))");
        Assert.True(violations.Length == 0, string.Join('\n', violations));
        Assert.True(await Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), $"{Page.Url} scrolls sideways");
        Assert.True(_faults.IsEmpty, string.Join('\n', _faults));
    }

    /// <summary>What went wrong so far.</summary>
    public IReadOnlyCollection<string> Faults => _faults;

    public ValueTask DisposeAsync() => _context.DisposeAsync();
}
