using System.Net;
using System.Text.RegularExpressions;
using ThrottleNet.MxNode.Hosting;
using ThrottleNet.MxNode.Tests.Inbound;

namespace ThrottleNet.MxNode.Tests.Dashboard;

/// <summary>A node with a dashboard, and a browser of a kind: it keeps cookies and follows no redirects.</summary>
internal sealed partial class DashboardRig : IAsyncDisposable
{
    public const string Token = "a-token-of-more-than-32-characters-0123";

    private readonly TemporaryFolder _folder = new();
    private readonly List<HttpClient> _browsers = [];
    private InboundRig? _node;

    public InboundRig Node => _node!;

    public TemporaryFolder Folder => _folder;

    public HttpClient Browser => _browsers[0];

    /// <summary>Starts a node.</summary>
    /// <param name="withToken">Whether the dashboard has a login.</param>
    /// <param name="change">Changes its configuration.</param>
    public static async Task<DashboardRig> StartAsync(bool withToken = false, Func<DashboardRig, NodeConfiguration, NodeConfiguration>? change = null)
    {
        var rig = new DashboardRig();
        var token = rig._folder.Write("token", Token + "\n");
        File.SetUnixFileMode(token, UnixFileMode.UserRead);
        rig._node = await InboundRig.StartAsync(c =>
        {
            var usual = c with { Admin = new() { Listen = new(IPAddress.Loopback, 0), TokenFile = withToken ? token : null } };
            return change?.Invoke(rig, usual) ?? usual;
        });
        rig.AddBrowser();
        return rig;
    }

    /// <summary>A further browser, with cookies of its own.</summary>
    public HttpClient AddBrowser()
    {
        var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri($"http://{Node.Node.Admin}/"), Timeout = TimeSpan.FromSeconds(60) };
        _browsers.Add(browser);
        return browser;
    }

    /// <summary>The hidden field of the forms on a page.</summary>
    public static async Task<string> FormTokenAsync(HttpClient browser, string path) => FormToken().Match(await browser.GetStringAsync(path)).Groups[1].Value;

    /// <summary>Sends a form as the page at a path would.</summary>
    public static async Task<HttpResponseMessage> PostAsync(HttpClient browser, string from, string to, params (string Name, string Value)[] fields)
    {
        using var form = new FormUrlEncodedContent(fields.Append(("form", await FormTokenAsync(browser, from))).Select(f => KeyValuePair.Create(f.Item1, f.Item2)));
        return await browser.PostAsync(to, form);
    }

    /// <summary>Logs a browser in.</summary>
    public static Task<HttpResponseMessage> LogInAsync(HttpClient browser, string token = Token) => PostAsync(browser, "login", "login", ("token", token));

    public async ValueTask DisposeAsync()
    {
        _browsers.ForEach(browser => browser.Dispose());
        await Node.DisposeAsync();
        _folder.Dispose();
    }

    [GeneratedRegex("name=\"form\" value=\"([0-9A-F]+)\"")]
    private static partial Regex FormToken();
}
