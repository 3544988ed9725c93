using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;

namespace ThrottleNet.MxNode.Help;

/// <summary>The help page: plain HTML without scripts, images and cookies. All inserted text is encoded.</summary>
internal static class HelpPage
{
    private const string Style = "body{font:1.1rem/1.6 sans-serif;max-width:42rem;margin:2rem auto;padding:0 1rem;color:#111;background:#fff}dt{font-weight:bold}dd{margin:0 0 .6rem}";

    /// <summary>Nothing but the page's own style is loaded, and no other page may frame it (CSP Level 3).</summary>
    public static string ContentSecurityPolicy { get; } =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <param name="state">The state of the host that the link names; null: it may not be shown.</param>
    /// <param name="network">The network's name.</param>
    /// <param name="node">This node's host name.</param>
    /// <param name="postmaster">The address that gets requests to enrol; null: none is configured.</param>
    public static string Build(HelpState? state, string network, string node, string? postmaster) => $"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width">
        <title>Why mail was deferred</title>
        <style>{Style}</style>
        </head>
        <body>
        <main>
        <h1>Why mail was deferred</h1>
        <p>{Encode(network)} relays mail for domains that use it, and limits how many recipients each sending host may try in an hour and in a day.
        A host above its limit is asked to try again later. Nothing is lost by that: the sending mail server keeps the message and tries again by itself.</p>
        {StateOf(state)}
        <h2>What to do</h2>
        <ul>
        <li>If a person sent the message: wait. Mail servers try again for up to five days. Sending the message again adds to the count.</li>
        <li>If the host sent more than its people did: look in its log for an account or a program that sends mail in bulk. Many senders behind one address
        are counted together.</li>
        <li>If the host sends for many people or to mailing lists: ask to be put on the trusted list. Its hosts are not limited.</li>
        </ul>
        <h2>How to enrol</h2>
        <p>{Contact(node, postmaster)} Give the host's address and its host name (the name must lead to the address, and the address to the name), what it sends,
        about how many recipients an hour, and whom to write to about abuse.</p>
        </main>
        </body>
        </html>

        """;

    private static string StateOf(HelpState? state) => state switch
    {
        null => "<p>The link in a deferral leads to the state of that host, for eight days. This page shows no state without such a link.</p>",
        { IsTrusted: true } => $"<h2>State of {Encode(state.Host)}</h2>\n<p>This host is on the trusted list. Its mail is not limited, or only above its own quota.</p>",
        _ => $"""
            <h2>State of {Encode(state.Host)}</h2>
            <dl>
            <dt>Now</dt><dd>{(state.Minutes == 0 ? "The next recipient is taken." : $"The next recipient is taken in {Count(state.Minutes, "minute")}.")}</dd>
            <dt>Counted in the last hour</dt><dd>{Count(state.PerHour, "recipient")}; the limit is {Number(state.LimitPerHour)}, of which {Number(state.AtOnce)} may come at once.</dd>
            <dt>Counted in the last day</dt><dd>{Count(state.PerDay, "recipient")}; the limit is {Number(state.LimitPerDay)}.</dd>
            {(state.IsNewcomer ? "<dt>New host</dt><dd>The network has not known this host for long. Until then it shares a limit with other new hosts of its subnet.</dd>" : "")}
            </dl>
            """,
    };

    private static string Contact(string node, string? postmaster) => postmaster is null
        ? $"Ask the postmaster of the domain that you wrote to, or the operator of {Encode(node)}."
        : $"Write to {Encode(postmaster)}, or ask the postmaster of the domain that you wrote to.";

    private static string Count(int number, string what) => $"{Number(number)} {what}{(number == 1 ? "" : "s")}";

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Encode(string text) => HtmlEncoder.Default.Encode(text);
}
