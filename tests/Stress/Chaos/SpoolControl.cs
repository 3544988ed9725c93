using System.Net;
using System.Net.Http.Json;
using ThrottleNet.MxNode.Admin;

namespace ThrottleNet.Stress.Chaos;

/// <summary>The spool of a node, through its admin interface.</summary>
/// <param name="admin">The endpoint of the interface.</param>
internal sealed class SpoolControl(IPEndPoint admin) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = new Uri($"http://{admin}/"), DefaultRequestHeaders = { { AdminSecurity.CommandHeader, "1" } } };

    /// <summary>Has the messages of some domains tried at once: after a failure a spool waits for minutes, which a run does not have. Does nothing while the node is down.</summary>
    public async Task RetryAsync(IEnumerable<string> domains)
    {
        try
        {
            foreach (var domain in domains)
            {
                using var answer = await _http.PostAsync(new Uri($"api/queue/{domain}/retry", UriKind.Relative), null);
            }
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            // The node is down, or paused.
        }
    }

    /// <summary>The number of messages in the spool; null if the node does not answer.</summary>
    public async Task<int?> MessagesAsync()
    {
        try
        {
            return (await _http.GetFromJsonAsync(new Uri("api/queue", UriKind.Relative), AdminJson.Default.QueueReport))?.Messages;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return null;
        }
    }

    public void Dispose() => _http.Dispose();
}
