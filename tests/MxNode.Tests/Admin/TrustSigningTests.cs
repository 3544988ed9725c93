using System.Net;
using System.Net.Http.Json;
using System.Text;
using Grpc.Core;
using Grpc.Net.Client;
using ThrottleNet.MxNode.Admin;
using ThrottleNet.MxNode.Tests.Inbound;
using ThrottleNet.Protocol.Admin;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.MxNode.Tests.Admin;

/// <summary>Statements of the trusted list that the node signs for an admin who shows its token.</summary>
public sealed class TrustSigningTests : IDisposable
{
    private const string Token = "a token of thirty-two characters!";

    private readonly TemporaryFolder _folder = new();

    private static TrustChange Enrolment => new("enrol", "192.0.2.7") { Kind = "list-host", Organisation = "A list", Contact = "list@lists.example", RatePerHour = 500, Expires = "90d" };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_admin_enrols_renews_suspends_and_revokes()
    {
        await using var rig = await StartAsync();
        using var http = Http(rig);
        var enrolled = await SignedAsync(http, Enrolment);
        Assert.Equal(("enrol", "192.0.2.7/32", 500), (enrolled.Statement.Action, enrolled.Statement.Subject, enrolled.Statement.RatePerHour));
        Assert.Contains("192.0.2.7/32", enrolled.Line, StringComparison.Ordinal);
        await Eventually.HoldsAsync("the entry", async () => (await ShowAsync(http)).IsTrusted);

        var renewed = await SignedAsync(http, new TrustChange("renew", "192.0.2.7") { RatePerHour = 700 });
        Assert.Equal(("A list", "list@lists.example", 700), (renewed.Statement.Organisation, renewed.Statement.Contact, renewed.Statement.RatePerHour));
        await SignedAsync(http, new TrustChange("suspend", "192.0.2.7") { Reason = "complaints" });
        await Eventually.HoldsAsync("the suspension", async () => !(await ShowAsync(http)).IsTrusted);
        await SignedAsync(http, new TrustChange("revoke", "192.0.2.7") { Reason = "closed" });
        Assert.Equal(["enrol", "renew", "suspend", "revoke"], (await ShowAsync(http)).Statements.Select(s => s.Action));
        Assert.Equal(4, rig.Log.Lines.Count(l => l.Event == 6100));
    }

    [Fact]
    public async Task The_logs_can_be_read_verified_and_exported()
    {
        await using var rig = await StartAsync();
        using var http = Http(rig);
        var enrolled = await SignedAsync(http, Enrolment);
        await SignedAsync(http, Enrolment with { Subject = "192.0.2.9" });
        var author = enrolled.Statement.Author;
        foreach (var path in new[] { "api/trust/log", $"api/trust/log?author={author}" })
        {
            var statements = await http.GetFromJsonAsync(path, AdminJson.Default.IReadOnlyListStatementReport);
            Assert.Equal([("enrol", "192.0.2.7/32", 1L), ("enrol", "192.0.2.9/32", 2L)], statements!.Select(s => (s.Action, s.Subject, s.Seq)));
        }

        using var unknown = await http.GetAsync($"api/trust/log?author={new string('0', author.Length)}");
        Assert.Equal((HttpStatusCode.NotFound, $"this node has no log of {new string('0', author.Length)}\n"), (unknown.StatusCode, await unknown.Content.ReadAsStringAsync()));

        await Eventually.HoldsAsync("the list", async () => await http.GetStringAsync("api/trust/export/text") == "192.0.2.7/32\n192.0.2.9/32\n");
        using var format = await http.GetAsync("api/trust/export/exchange");
        Assert.Equal(HttpStatusCode.BadRequest, format.StatusCode);
        Assert.StartsWith("exchange is no format; use one of exim, haproxy,", await format.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        var sound = Assert.Single((await http.GetFromJsonAsync("api/trust/verify", AdminJson.Default.IReadOnlyListVerifyReport))!);
        Assert.Equal((author, 2, true), (sound.Author, sound.Statements, sound.Sound));

        // Changed on disk without a trace in the file's length and time: the node reads every octet again.
        var before = File.GetLastWriteTimeUtc(sound.Path);
        await File.WriteAllTextAsync(sound.Path, (await File.ReadAllTextAsync(sound.Path)).Replace("192.0.2.9", "192.0.3.9", StringComparison.Ordinal));
        File.SetLastWriteTimeUtc(sound.Path, before);
        var forged = Assert.Single((await http.GetFromJsonAsync("api/trust/verify", AdminJson.Default.IReadOnlyListVerifyReport))!);
        Assert.Equal((1, false), (forged.Statements, forged.Sound));
        Assert.Contains("its signature is forged", Assert.Single(forged.Faults), StringComparison.Ordinal);

        http.DefaultRequestHeaders.Remove("Authorization");
        foreach (var path in new[] { "log", "verify", "export/text" })
        {
            using var stranger = await http.GetAsync($"api/trust/{path}");
            Assert.Equal(HttpStatusCode.Unauthorized, stranger.StatusCode);
        }
    }

    [Fact]
    public async Task What_cannot_be_signed_is_refused_in_one_line()
    {
        await using var rig = await StartAsync();
        using var http = Http(rig);
        await RefusedAsync(HttpStatusCode.BadRequest, Enrolment with { Subject = "192.0.2.1/24" }, "host bits set below /24");
        await RefusedAsync(HttpStatusCode.BadRequest, Enrolment with { Subject = "" }, "name an address, a network or a host name");
        await RefusedAsync(HttpStatusCode.BadRequest, Enrolment with { Kind = "spammer" }, "is no kind of host; use list-host");
        await RefusedAsync(HttpStatusCode.BadRequest, Enrolment with { RatePerHour = 0 }, "is no number of recipients an hour");
        await RefusedAsync(HttpStatusCode.BadRequest, Enrolment with { Expires = "soon" }, "is not a time");
        await RefusedAsync(HttpStatusCode.BadRequest, Enrolment with { Action = "delegate" }, "use enrol, renew, suspend or revoke");
        await RefusedAsync(HttpStatusCode.UnprocessableEntity, Enrolment with { Kind = null }, "kind");
        await RefusedAsync(HttpStatusCode.UnprocessableEntity, new TrustChange("renew", "192.0.2.7"), "is not on the list");
        await RefusedAsync(HttpStatusCode.UnprocessableEntity, new TrustChange("suspend", "192.0.2.7"), "needs reason");
        await RefusedAsync(HttpStatusCode.Conflict, Enrolment with { Subject = "10.0.0.0/8", RatePerHour = null, Contact = "me" }, "is a private or reserved range");
        await SignedAsync(http, Enrolment);
        await RefusedAsync(HttpStatusCode.UnprocessableEntity, Enrolment, "change it with 'trust renew'");
        await RefusedAsync(HttpStatusCode.Conflict, Enrolment with { Subject = "192.0.2.0/24" }, "overlaps 192.0.2.7/32");
        Assert.NotEmpty((await SignedAsync(http, Enrolment with { Subject = "192.0.2.0/24", AcceptOverlaps = true })).Warnings);

        async Task RefusedAsync(HttpStatusCode status, TrustChange change, string reason)
        {
            using var answer = await PostAsync(http, change);
            var text = await answer.Content.ReadAsStringAsync();
            Assert.Equal((status, 1), (answer.StatusCode, text.Count(c => c == '\n')));
            Assert.Contains(reason, text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Without_a_key_the_answer_is_the_command()
    {
        await using var rig = await StartAsync(withKey: false);
        using var http = Http(rig);
        using var answer = await PostAsync(http, Enrolment with { Expires = null });
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.EndsWith("run: throttlenet trust enrol 192.0.2.7/32 --kind list-host --organisation 'A list' --contact list@lists.example --rate 500\n", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_site_a_stranger_and_a_body_that_is_none_sign_nothing()
    {
        await using var rig = await StartAsync();
        using var http = Http(rig);
        http.DefaultRequestHeaders.Remove(AdminSecurity.CommandHeader);
        using var withoutHeader = await PostAsync(http, Enrolment);
        Assert.Equal(HttpStatusCode.Forbidden, withoutHeader.StatusCode);
        http.DefaultRequestHeaders.Add(AdminSecurity.CommandHeader, "1");
        foreach (var (body, status) in new[] { ("{", HttpStatusCode.BadRequest), ("{ \"subject\": 7 }", HttpStatusCode.BadRequest), (new string('x', 20_000), HttpStatusCode.RequestEntityTooLarge) })
        {
            using var content = new StringContent(body, Encoding.UTF8, "application/json");
            using var answer = await http.PostAsync("api/trust", content);
            Assert.Equal(status, answer.StatusCode);
        }

        http.DefaultRequestHeaders.Remove("Authorization");
        using var stranger = await PostAsync(http, Enrolment);
        Assert.Equal(HttpStatusCode.Unauthorized, stranger.StatusCode);
        Assert.DoesNotContain(rig.Log.Lines, l => l.Event == 6100);
    }

    [Fact]
    public async Task Statements_that_are_asked_for_at_one_time_follow_each_other()
    {
        await using var rig = await StartAsync();
        using var http = Http(rig);
        await Task.WhenAll(Enumerable.Range(1, 8).Select(i => SignedAsync(http, Enrolment with { Subject = $"192.0.2.{i}" })));
        await Eventually.HoldsAsync("the entries", async () => (await http.GetFromJsonAsync("api/trust", AdminJson.Default.TrustListReport))!.Rows.Count == 8);
        Assert.Empty((await http.GetFromJsonAsync("api/trust", AdminJson.Default.TrustListReport))!.Forks);
    }

    [Fact]
    public async Task It_goes_by_gRPC_as_well()
    {
        await using var rig = await StartAsync();
        using var channel = GrpcChannel.ForAddress($"http://{rig.Node.AdminGrpc}");
        var client = new Protocol.Admin.Admin.AdminClient(channel);
        var bearer = new Metadata { { "authorization", $"Bearer {Token}" } };
        var request = new ChangeTrustRequest { Action = ChangeTrustRequest.Types.Action.Enrol, Subject = "192.0.2.7", Kind = "list-host", Organisation = "A list", Contact = "list@lists.example" };
        Assert.Contains("192.0.2.7/32", (await client.ChangeTrustAsync(request, bearer)).Line, StringComparison.Ordinal);
        Assert.Equal(StatusCode.FailedPrecondition, (await Assert.ThrowsAsync<RpcException>(async () => await client.ChangeTrustAsync(request, bearer))).StatusCode);
        request.Subject = "nowhere at all";
        Assert.Equal(StatusCode.InvalidArgument, (await Assert.ThrowsAsync<RpcException>(async () => await client.ChangeTrustAsync(request, bearer))).StatusCode);
        Assert.Equal(StatusCode.Unauthenticated, (await Assert.ThrowsAsync<RpcException>(async () => await client.ChangeTrustAsync(request))).StatusCode);
    }

    [Fact]
    public async Task The_logs_are_read_verified_and_exported_by_gRPC_as_well()
    {
        await using var rig = await StartAsync();
        using var http = Http(rig);
        var author = (await SignedAsync(http, Enrolment)).Statement.Author;
        await SignedAsync(http, new TrustChange("suspend", "192.0.2.7") { Reason = "complaints" });
        await Task.WhenAll(Enumerable.Range(1, 3).Select(i => SignedAsync(http, Enrolment with { Subject = $"192.0.2.1{i}" })));
        using var channel = GrpcChannel.ForAddress($"http://{rig.Node.AdminGrpc}");
        var client = new Protocol.Admin.Admin.AdminClient(channel);
        var bearer = new Metadata { { "authorization", $"Bearer {Token}" } };

        await Eventually.HoldsAsync("the entries", async () => (await http.GetFromJsonAsync("api/trust", AdminJson.Default.TrustListReport))!.Rows.Count == 4);
        var shown = await client.GetTrustAsync(new GetTrustRequest { Subject = "192.0.2.7" }, bearer);
        Assert.Equal(("192.0.2.7/32", "suspended", author), (Assert.Single(shown.Rows).Subject, shown.Rows[0].Standing, shown.Rows[0].Author));
        Assert.Equal([("enrol", "A list", 500u), ("suspend", "", 0u)], shown.Statements.Select(s => (s.Action, s.Organisation, s.RatePerHour)));
        Assert.Equal(StatusCode.InvalidArgument, await CodeAsync(client.GetTrustAsync(new GetTrustRequest { Subject = "192.0.2.1/24" }, bearer).ResponseAsync));

        foreach (var asked in new[] { "", author })
        {
            var statements = await client.ListStatements(new ListStatementsRequest { Author = asked }, bearer).ResponseStream.ReadAllAsync().ToListAsync();
            Assert.Equal([1, 2, 3, 4, 5], statements.Select(s => s.Seq));
        }

        Assert.Equal(StatusCode.NotFound, await CodeAsync(client.ListStatements(new ListStatementsRequest { Author = new string('0', author.Length) }, bearer).ResponseStream.MoveNext()));
        var verified = Assert.Single((await client.VerifyTrustAsync(new VerifyTrustRequest(), bearer)).Logs);
        Assert.Equal((author, 5, true), (verified.Author, verified.Statements, verified.Sound));
        var export = await client.ExportTrust(new ExportTrustRequest { Format = "text" }, bearer).ResponseStream.ReadAllAsync().ToListAsync();
        Assert.Equal("192.0.2.11/32\n192.0.2.12/32\n192.0.2.13/32\n", string.Concat(export.Select(part => part.Content.ToStringUtf8())));
        Assert.Equal(StatusCode.InvalidArgument, await CodeAsync(client.ExportTrust(new ExportTrustRequest { Format = "exchange" }, bearer).ResponseStream.MoveNext()));
        Assert.Equal(StatusCode.Unauthenticated, await CodeAsync(client.ListStatements(new ListStatementsRequest()).ResponseStream.MoveNext()));

        static async Task<StatusCode> CodeAsync(Task call) => (await Assert.ThrowsAsync<RpcException>(() => call)).StatusCode;
    }

    private static Task<HttpResponseMessage> PostAsync(HttpClient http, TrustChange change) => http.PostAsJsonAsync("api/trust", change, AdminJson.Default.TrustChange);

    private static async Task<TrustChangeReport> SignedAsync(HttpClient http, TrustChange change)
    {
        using var answer = await PostAsync(http, change);
        Assert.True(answer.IsSuccessStatusCode, $"{answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
        return (await answer.Content.ReadFromJsonAsync(AdminJson.Default.TrustChangeReport))!;
    }

    private static async Task<TrustSubjectReport> ShowAsync(HttpClient http) => (await http.GetFromJsonAsync("api/trust/192.0.2.7", AdminJson.Default.TrustSubjectReport))!;

    private static HttpClient Http(InboundRig rig) => new()
    {
        BaseAddress = new Uri($"http://{rig.Node.Admin}/"),
        DefaultRequestHeaders = { { AdminSecurity.CommandHeader, "1" }, { "Authorization", $"Bearer {Token}" } },
    };

    private async Task<InboundRig> StartAsync(bool withKey = true)
    {
        var token = _folder.Write("token", Token);
        File.SetUnixFileMode(token, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using var key = SigningKey.Create();
        return await InboundRig.StartAsync(c => c with
        {
            Admin = new()
            {
                Listen = new(IPAddress.Loopback, 0),
                GrpcListen = new(IPAddress.Loopback, 0),
                TokenFile = token,
                TrustKeyFile = withKey ? _folder.Write("key.pem", key.ToPem()) : null,
            },
            Trust = new() { Roots = [key.Public.Id] },
        });
    }
}
