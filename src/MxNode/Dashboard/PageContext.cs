using ThrottleNet.MxNode.Dashboard.Access;

namespace ThrottleNet.MxNode.Dashboard;

/// <summary>The request that a page answers, for the page's components. One for each request.</summary>
internal sealed class PageContext(DashboardAccess access)
{
    // Longer texts are no address, domain or name.
    private const int MaxText = 300;

    private HttpContext? _http;

    /// <summary>The request. Set before the page is rendered.</summary>
    public HttpContext Http
    {
        get => _http ?? throw new InvalidOperationException("no request is being answered");
        set => _http = value;
    }

    /// <summary>What the last form did, or why it failed; null for nothing.</summary>
    public string? Notice { get; set; }

    /// <summary>Whether <see cref="Notice"/> is a failure.</summary>
    public bool HasFailed { get; set; }

    /// <summary>A command to run, shown with <see cref="Notice"/>; null for none.</summary>
    public string? Command { get; set; }

    /// <summary>Whether the form asks once more whether it is meant.</summary>
    public bool AsksToConfirm { get; set; }

    /// <summary>The form that was posted; null for none.</summary>
    public IFormCollection? Form { get; set; }

    /// <summary>Whether the operator configured a token.</summary>
    public bool HasToken => access.NeedsLogin;

    /// <summary>Whether the pages may be shown to this browser.</summary>
    public bool IsAllowed => access.IsAllowed(Http);

    /// <summary>The value of the field that each form has.</summary>
    public string FormToken => access.FormToken(Http);

    /// <summary>A value of the query string, without white space around it; empty for none.</summary>
    public string Query(string name) => Clean(Http.Request.Query[name].ToString());

    /// <summary>A field of the posted form, likewise.</summary>
    public string Field(string name) => Clean(Form?[name].ToString() ?? "");

    private static string Clean(string text) => text.Length > MaxText ? text[..MaxText].Trim() : text.Trim();
}
