using System.Net;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Hosting;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.TrustList;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.MxNode.Demo;

/// <summary>The demo's trusted-list admin, with one root key. A statement that it adds at one relay spreads to all.</summary>
internal sealed class DemoAdmin : IDisposable
{
    private readonly SigningKey _key = SigningKey.Create();

    /// <summary>The key's id, for <c>Trust:Roots</c>.</summary>
    public string Id => _key.Public.Id;

    public Task EnrolAsync(NodeHost relay, IPAddress host) => SayAsync(relay, new Statement
    {
        Action = TrustAction.Enrol,
        Subject = SubjectOf(host),
        Kind = TrustKind.ListHost,
        Organisation = "The Lists of the Demo",
        Contact = "postmaster@lists.test",
        Expires = TrustTimes.Default(TimeProvider.System.GetUtcNow()),
    });

    public Task RevokeAsync(NodeHost relay, IPAddress host) => SayAsync(relay, new Statement
    {
        Action = TrustAction.Revoke,
        Subject = SubjectOf(host),
        Reason = "the demo takes its trust away",
    });

    public void Dispose() => _key.Dispose();

    private static TrustSubject SubjectOf(IPAddress host) =>
        TrustSubject.TryParse(host.ToString(), out var subject, out var error) ? subject : throw new FormatException(error);

    private async Task SayAsync(NodeHost relay, Statement draft)
    {
        var services = relay.Services;
        var context = new TrustContext(
            services.GetRequiredService<NodeOptions>().DataDirectory,
            services.GetRequiredService<TrustOptions>(),
            services.GetRequiredService<IDnsResolver>(),
            TimeProvider.System);
        var author = new StatementAuthor(context, _key);
        await author.CommitAsync(author.Propose(draft));
    }
}
