using ThrottleNet.Real.Tests.Clients;
using ThrottleNet.Real.Tests.Harness;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.Real.Tests.Dashboard;

/// <summary>A node with a next hop of sink.test, and a dashboard with a login and a key for the trusted list.</summary>
internal sealed class DashboardSite : IAsyncDisposable
{
    public const string Token = "a-token-of-more-than-32-characters-0123";

    private readonly TemporaryFolder _folder = new();
    private readonly ScriptedHop _hop = new();
    private NodeProcess? _node;

    public NodeProcess Node => _node!;

    /// <summary>The next hop of sink.test.</summary>
    public ScriptedHop Hop => _hop;

    public Uri Address => Node.Admin;

    public static async Task<DashboardSite> StartAsync(params string[] settings)
    {
        var site = new DashboardSite();
        var token = site._folder.Write("token", Token);
        File.SetUnixFileMode(token, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using var key = SigningKey.Create();
        site._node = await NodeProcess.StartAsync(
            site._folder,
            [
                $"Relay:Routes:sink.test={site._hop.EndPoint}", "Relay:AllowPrivateDestinations=true", $"Admin:TokenFile={token}",
                $"Admin:TrustKeyFile={site._folder.Write("key.pem", key.ToPem())}", $"Trust:Roots:0={key.Public.Id}", .. settings,
            ]);
        return site;
    }

    /// <summary>Sends a message with swaks.</summary>
    /// <param name="from">The sender's address on loopback.</param>
    public async Task SendAsync(string from = "127.0.0.1", string options = "") =>
        (await Swaks.SendAsync(Node.Smtp, $"--local-interface {from} {options}")).Expect(0);

    /// <summary>Sends one message to some recipients, and gives the reply to the last of them.</summary>
    public async Task<string?> TryAsync(string from, params string[] recipients)
    {
        await using var client = await RawClient.ConnectAsync(Node.Smtp, from);
        await client.AnswerAsync();
        await client.AskAsync("EHLO mail.people.test");
        await client.AskAsync("MAIL FROM:<friend@people.test>");
        string? answer = null;
        var isTaken = false;
        foreach (var recipient in recipients)
        {
            answer = await client.AskAsync($"RCPT TO:<{recipient}>");
            isTaken |= answer?[0] == '2';
        }

        if (isTaken && (await client.AskAsync("DATA"))?[0] == '3')
        {
            await client.AskAsync("Subject: hello\r\n\r\nhello\r\n.");
        }

        await client.AskAsync("QUIT");
        return answer;
    }

    public async ValueTask DisposeAsync()
    {
        await Node.DisposeAsync();
        await _hop.DisposeAsync();
        _folder.Dispose();
    }
}
