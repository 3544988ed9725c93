using System.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using ThrottleNet.MxNode.Dashboard.Pages;

namespace ThrottleNet.MxNode.Dashboard;

/// <summary>Renders the pages. They are Razor components, rendered on the server only: no circuit keeps memory for a visitor.</summary>
internal sealed class PageRenderer(ILoggerFactory loggers, ILogger<PageRenderer> log) : IDisposable
{
    // Pages rendered at one time: the mail comes first.
    private readonly SemaphoreSlim _places = new(Math.Max(1, Environment.ProcessorCount / 2));

    // Requests that may wait for a place. A page takes milliseconds.
    private const int MaxWaiting = 32;

    private int _waiting;

    /// <summary>Answers a request with a page.</summary>
    public async Task AnswerAsync<TPage>(HttpContext http, int status = StatusCodes.Status200OK)
        where TPage : IComponent
    {
        if (Interlocked.Increment(ref _waiting) > MaxWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            http.Response.Headers.RetryAfter = "2";
            await http.Response.WriteAsync("too many requests for pages; try again in some seconds\n");
            return;
        }

        try
        {
            await _places.WaitAsync(http.RequestAborted);
            try
            {
                await WriteAsync(http, await RenderAsync<TPage>(http), status);
            }
            finally
            {
                _places.Release();
            }
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The visitor is gone.
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    public void Dispose() => _places.Dispose();

    private async Task<string> RenderAsync<TPage>(HttpContext http)
        where TPage : IComponent
    {
        http.RequestServices.GetRequiredService<PageContext>().Http = http;
        try
        {
            return await RenderComponentAsync<TPage>(http);
        }
        catch (Exception e) when (e is not (OutOfMemoryException or OperationCanceledException))
        {
            log.PageFailed(http.Request.Path, e);
            http.Response.StatusCode = StatusCodes.Status500InternalServerError;
            return await RenderComponentAsync<ErrorPage>(http);
        }
    }

    private async Task<string> RenderComponentAsync<TPage>(HttpContext http)
        where TPage : IComponent
    {
        await using var renderer = new HtmlRenderer(http.RequestServices, loggers);
        return await renderer.Dispatcher.InvokeAsync(async () => (await renderer.RenderComponentAsync<TPage>()).ToHtmlString());
    }

    private static Task WriteAsync(HttpContext http, string html, int status)
    {
        if (http.Response.StatusCode == StatusCodes.Status200OK)
        {
            http.Response.StatusCode = status;
        }

        http.Response.ContentType = "text/html; charset=utf-8";
        http.Response.Headers.CacheControl = "no-store";
        return http.Response.WriteAsync(html, Encoding.UTF8);
    }
}
