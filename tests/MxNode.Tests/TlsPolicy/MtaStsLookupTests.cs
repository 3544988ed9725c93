using System.Net;
using System.Security.Authentication;
using ThrottleNet.MxNode.TlsPolicy;
using ThrottleNet.Protocol.Dns;
using ThrottleNet.Protocol.MtaSts;

namespace ThrottleNet.MxNode.Tests.TlsPolicy;

/// <summary>Which policy of a domain is in force (RFC 8461, section 5.1): good, failing, changing and poisoned servers.</summary>
public sealed class MtaStsLookupTests : IDisposable
{
    private readonly PolicyServer _server = new();

    public void Dispose() => _server.Dispose();

    [Fact]
    public async Task A_policy_is_fetched_once_and_then_in_force_until_it_expires()
    {
        _server.Publish("example.com", "1");
        Assert.Equal("Enforce mail.example.com", await _server.FindAsync());
        for (var hour = 0; hour < 24 * 7 - 1; hour++)
        {
            _server.Clock.Advance(TimeSpan.FromHours(1));
            Assert.Equal("Enforce mail.example.com", await _server.FindAsync());
        }

        Assert.Equal(["https://mta-sts.example.com/.well-known/mta-sts.txt"], _server.Asked);
        _server.Answer = _ => throw new HttpRequestException("no route");
        _server.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Null(await _server.FindAsync());
    }

    [Fact]
    public async Task A_domain_without_a_record_is_not_asked_for_a_policy()
    {
        Assert.Null(await _server.FindAsync());
        _server.Dns.With(new TxtRecord("_mta-sts.example.com", 60, "v=STSv1; id=1"), new TxtRecord("_mta-sts.example.com", 60, "v=STSv1; id=2"));
        Assert.Null(await _server.FindAsync());
        Assert.Null(await _server.FindAsync("[192.0.2.1]"));
        Assert.Null(await _server.FindAsync(""));
        Assert.Empty(_server.Asked);
    }

    public static TheoryData<string> Failures => ["404", "301", "500", "302 with a policy", "html", "no type", "too long", "not a policy", "unreachable", "certificate", "broken off"];

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_failing_or_poisoned_answer_gives_no_policy_and_weakens_none_in_force(string how)
    {
        // No policy yet: mail goes without one.
        _server.Publish("example.com", "1");
        _server.Answer = _ => Fail(how);
        Assert.Null(await _server.FindAsync());
        var line = await _server.Log.LineAsync(3201, "example.com");
        Assert.Contains("Its mail goes without a policy", line, StringComparison.Ordinal);

        // The next attempt waits for minutes.
        Assert.Null(await _server.FindAsync());
        Assert.Single(_server.Asked);
        _server.Answer = null;
        _server.Clock.Advance(MtaStsLookup.RetryAfter);
        Assert.Equal("Enforce mail.example.com", await _server.FindAsync());

        // A policy in force stays there, though the DNS has another id.
        _server.Answer = _ => Fail(how);
        _server.Publish("example.com", "2");
        _server.Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal("Enforce mail.example.com", await _server.FindAsync());
        await Eventually.HoldsAsync("the attempt", () => _server.Asked.Count == 3);
        _server.Clock.Advance(TimeSpan.FromDays(6));
        Assert.Equal("Enforce mail.example.com", await _server.FindAsync());
    }

    [Fact]
    public async Task A_policy_in_force_outlives_its_record_and_a_DNS_that_does_not_answer()
    {
        _server.Publish("example.com", "1");
        await _server.FindAsync();
        _server.Dns.Clear();
        _server.Clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal("Enforce mail.example.com", await _server.FindAsync());
        _server.Dns.IsSilent = true;
        _server.Clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal("Enforce mail.example.com", await _server.FindAsync());
    }

    [Fact]
    public async Task A_new_id_brings_the_new_policy_beside_the_mail()
    {
        _server.Publish("example.com", "1");
        await _server.FindAsync();
        _server.Publish("example.com", "2");
        _server.Body = PolicyServer.Enforce.Replace("mail.", "new.", StringComparison.Ordinal);
        var gate = new TaskCompletionSource();
        _server.Answer = async _ =>
        {
            await gate.Task;
            return PolicyServer.Reply(HttpStatusCode.OK, _server.Body);
        };
        _server.Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal("Enforce mail.example.com", await _server.FindAsync());
        Assert.Equal("Enforce mail.example.com", await _server.FindAsync());
        gate.SetResult();
        await Eventually.HoldsAsync("the new policy", async () => await _server.FindAsync() == "Enforce new.example.com");
        Assert.Equal(2, _server.Asked.Count);

        _server.Answer = null;
        _server.Publish("example.com", "3");
        _server.Body = "version: STSv1\nmode: none\nmax_age: 86400\n";
        _server.Clock.Advance(TimeSpan.FromMinutes(2));
        await Eventually.HoldsAsync("the end of the policy", async () => await _server.FindAsync() is null);
    }

    [Fact]
    public async Task Mail_waits_some_seconds_for_the_first_policy_and_the_next_message_not_at_all()
    {
        var gate = new TaskCompletionSource();
        _server.Answer = async _ =>
        {
            await gate.Task;
            return PolicyServer.Reply(HttpStatusCode.OK, PolicyServer.Enforce);
        };
        _server.Publish("example.com", "1");
        var first = _server.FindAsync();
        await Eventually.HoldsAsync("the fetch", () => !_server.Asked.IsEmpty);
        await _server.Clock.UntilSetAsync(MtaStsLookup.FirstPatience);
        _server.Clock.Advance(MtaStsLookup.FirstPatience);
        Assert.Null(await first);
        Assert.Null(await _server.FindAsync());
        gate.SetResult();
        await Eventually.HoldsAsync("the policy", async () => await _server.FindAsync() is not null);
        Assert.Single(_server.Asked);
    }

    [Fact]
    public async Task A_server_that_never_answers_is_given_up()
    {
        _server.Answer = async cancel =>
        {
            await new TaskCompletionSource().Task.WaitAsync(cancel);
            throw new InvalidOperationException();
        };
        var fetch = _server.Fetcher.FetchAsync("example.com", default);
        _server.Clock.Advance(MtaStsFetcher.Timeout);
        Assert.Equal(new MtaStsFetch(null, "the server did not answer in time"), await fetch.WaitAsync(Eventually.Patience));
    }

    [Fact]
    public async Task Many_messages_share_one_fetch()
    {
        var gate = new TaskCompletionSource();
        _server.Answer = async _ =>
        {
            await gate.Task;
            return PolicyServer.Reply(HttpStatusCode.OK, PolicyServer.Enforce);
        };
        _server.Publish("example.com", "1");
        var all = Enumerable.Range(0, 50).Select(_ => _server.FindAsync()).ToList();
        gate.SetResult();
        Assert.All(await Task.WhenAll(all), policy => Assert.Equal("Enforce mail.example.com", policy));
        Assert.Single(_server.Asked);
    }

    [Fact]
    public async Task One_zones_slow_servers_do_not_take_all_places()
    {
        var gate = new TaskCompletionSource();
        _server.Answer = async _ =>
        {
            await gate.Task;
            return PolicyServer.Reply(HttpStatusCode.OK, PolicyServer.Enforce);
        };
        for (var i = 0; i < 100; i++)
        {
            _server.Dns.With(new TxtRecord($"_mta-sts.n{i}.evil.test", 60, "v=STSv1; id=1"));
        }

        var slow = Enumerable.Range(0, 100).Select(i => _server.FindAsync($"n{i}.evil.test")).ToList();
        await Eventually.HoldsAsync("the fetches", () => _server.Asked.Count == MtaStsLookup.FetchesPerName);
        _server.Answer = null;
        _server.Dns.With(new TxtRecord("_mta-sts.example.com", 60, "v=STSv1; id=1"));
        Assert.Equal("Enforce mail.example.com", await _server.FindAsync());
        gate.SetResult();

        // The others of that name wait for their turn, but not without end.
        Assert.Equal(MtaStsLookup.FetchesPerName + MtaStsLookup.WaitingPerName, (await Task.WhenAll(slow)).Count(policy => policy is not null));
    }

    [Fact]
    public async Task While_strangers_take_all_fetches_a_domain_waits_for_its_turn_and_counts_as_failed_at_nothing()
    {
        var gate = new TaskCompletionSource();
        _server.Answer = async _ =>
        {
            await gate.Task;
            throw new HttpRequestException("no route");
        };
        for (var i = 0; i < MtaStsLookup.MostFetches; i++)
        {
            var domain = $"n{i}.evil{i / MtaStsLookup.FetchesPerName}.test";
            _server.Dns.With(new TxtRecord($"_mta-sts.{domain}", 60, "v=STSv1; id=1"));
            _ = _server.FindAsync(domain);
        }

        await Eventually.HoldsAsync("the fetches", () => _server.Asked.Count == MtaStsLookup.MostFetches);
        _server.Answer = null;
        _server.Dns.With(new TxtRecord("_mta-sts.example.com", 60, "v=STSv1; id=1"));
        var waiting = _server.FindAsync();
        await _server.Clock.UntilSetAsync(MtaStsLookup.FirstPatience, MtaStsLookup.MostFetches + 1);
        _server.Clock.Advance(MtaStsLookup.FirstPatience);
        Assert.Null(await waiting);
        Assert.DoesNotContain(_server.Log.Lines, line => line.Event == 3201);

        // The refresh of a policy in force does not wait for strangers.
        var inForce = new StoredPolicy("in-force.test", "1", new MtaStsPolicy(MtaStsMode.Enforce, ["mail.example.com"], TimeSpan.FromDays(7)), _server.Clock.GetUtcNow());
        _server.Table.Put(inForce);
        await _server.Lookup.RefreshAsync(inForce, default).WaitAsync(Eventually.Patience);
        Assert.Contains("https://mta-sts.in-force.test/.well-known/mta-sts.txt", _server.Asked);

        gate.SetResult();
        await Eventually.HoldsAsync("the policy", async () => await _server.FindAsync() == "Enforce mail.example.com");
    }

    [Fact]
    public async Task Failures_of_domains_without_end_leave_room_for_those_of_others()
    {
        _server.Answer = _ => throw new HttpRequestException("no route");
        for (var i = 0; i < RecentDomains.PerName * 2; i++)
        {
            _server.Dns.With(new TxtRecord($"_mta-sts.n{i}.evil.test", 60, "v=STSv1; id=1"));
            await _server.FindAsync($"n{i}.evil.test");
        }

        // Their faults are one line of the log.
        Assert.Single(_server.Log.Lines, line => line.Event == 3201);

        var asked = _server.Asked.Count;
        await _server.FindAsync($"n{(RecentDomains.PerName * 2) - 1}.evil.test");
        Assert.Equal(asked, _server.Asked.Count);
        await _server.FindAsync("n0.evil.test");
        Assert.Equal(asked + 1, _server.Asked.Count);
    }

    [Fact]
    public void Of_the_domains_noted_the_oldest_are_forgotten()
    {
        var recent = new RecentDomains(TimeSpan.FromMinutes(5), _server.Clock);
        for (var i = 0; i <= RecentDomains.Capacity; i++)
        {
            recent.Note($"n{i}.test");
        }

        Assert.Equal([false, true, true], new[] { "n0.test", "n1.test", $"n{RecentDomains.Capacity}.test" }.Select(recent.Contains));
        recent.Forget("n1.test");
        Assert.False(recent.Contains("n1.test"));
        _server.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.False(recent.Contains("n2.test"));
        recent.Note("n2.test");
        Assert.True(recent.Contains("n2.test"));
    }

    [Fact]
    public async Task Policies_and_late_policies_of_one_zone_do_not_fill_the_log()
    {
        for (var i = 0; i < 50; i++)
        {
            _server.Dns.With(new TxtRecord($"_mta-sts.n{i}.good.test", 60, "v=STSv1; id=1"));
            Assert.NotNull(await _server.FindAsync($"n{i}.good.test"));
        }

        Assert.Equal(10, _server.Log.Lines.Count(line => line.Event == 3200));
        _server.Answer = async cancel =>
        {
            await new TaskCompletionSource().Task.WaitAsync(cancel);
            throw new InvalidOperationException();
        };
        for (var i = 0; i < 3; i++)
        {
            _server.Dns.With(new TxtRecord($"_mta-sts.n{i}.late.test", 60, "v=STSv1; id=1"));
            var late = _server.FindAsync($"n{i}.late.test");
            await _server.Clock.PassAsync(MtaStsLookup.FirstPatience);
            Assert.Null(await late);
        }

        Assert.Single(_server.Log.Lines, line => line.Event == 3202);
    }

    [Fact]
    public async Task Policies_are_fetched_again_each_day_while_they_are_used()
    {
        _server.Publish("example.com", "1");
        await _server.FindAsync();
        Assert.Empty(_server.Table.Due());
        _server.Clock.Advance(MtaStsTable.RefreshAfter);
        _server.Body = PolicyServer.Enforce.Replace("mail.", "new.", StringComparison.Ordinal);
        await _server.Lookup.RefreshAsync(Assert.Single(_server.Table.Due()), default);
        Assert.Equal("Enforce new.example.com", await _server.FindAsync());
        Assert.Empty(_server.Table.Due());

        _server.Clock.Advance(MtaStsTable.RefreshAfter);
        _server.Answer = _ => throw new HttpRequestException("no route");
        await _server.Lookup.RefreshAsync(Assert.Single(_server.Table.Due()), default);
        Assert.Equal("Enforce new.example.com", await _server.FindAsync());
    }

    private static Task<HttpResponseMessage> Fail(string how) => how switch
    {
        "404" => Task.FromResult(PolicyServer.Reply(HttpStatusCode.NotFound, PolicyServer.Enforce)),
        "301" => Task.FromResult(PolicyServer.Reply(HttpStatusCode.MovedPermanently, "")),
        "500" => Task.FromResult(PolicyServer.Reply(HttpStatusCode.InternalServerError, "")),
        "302 with a policy" => Task.FromResult(PolicyServer.Reply(HttpStatusCode.Redirect, "version: STSv1\nmode: none\nmax_age: 1\n")),
        "html" => Task.FromResult(PolicyServer.Reply(HttpStatusCode.OK, "version: STSv1\nmode: none\nmax_age: 1\n", "text/html")),
        "no type" => Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent("version: STSv1\nmode: none\nmax_age: 1\n"u8.ToArray()) }),
        "too long" => Task.FromResult(PolicyServer.Reply(HttpStatusCode.OK, "version: STSv1\nmode: none\nmax_age: 1\n" + new string('x', MtaStsPolicy.MaxLength))),
        "not a policy" => Task.FromResult(PolicyServer.Reply(HttpStatusCode.OK, "<html>")),
        "unreachable" => throw new HttpRequestException("Connection refused"),
        "certificate" => throw new HttpRequestException("The SSL connection could not be established", new AuthenticationException("RemoteCertificateNameMismatch")),
        _ => throw new IOException("broken off"),
    };
}
