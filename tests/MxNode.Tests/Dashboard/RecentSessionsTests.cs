using System.Net;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Dashboard.Data;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Tests.Dashboard;

/// <summary>The sessions that the dashboard shows.</summary>
public sealed class RecentSessionsTests
{
    [Fact]
    public void The_latest_come_first_and_the_oldest_give_way()
    {
        var recent = new RecentSessions();
        Assert.Empty(recent.Latest());
        for (var i = 0; i < RecentSessions.Capacity + 10; i++)
        {
            recent.Add(Session($"{i}"));
        }

        var latest = recent.Latest();
        Assert.Equal(RecentSessions.Capacity, latest.Count);
        Assert.Equal(($"{RecentSessions.Capacity + 9}", "10"), (latest[0].Id, latest[^1].Id));
    }

    [Fact]
    public void Texts_that_the_client_chooses_are_bounded()
    {
        var session = Session("1", hello: new string('h', 5000), domain: new string('d', 5000));
        Assert.Equal((100, 100, 100), (session.Hello!.Length, session.Domain.Length, session.Name!.Length));
    }

    [Theory]
    [InlineData("", "", "", 3)]
    [InlineData("192.0.2.7", "", "", 1)]
    [InlineData("192.0.2.0/24", "", "", 2)]
    [InlineData("192.0.0.0/16", "", "defer", 1)]
    [InlineData("", "EXAMPLE.org", "", 1)]
    [InlineData("", "example", "forward", 2)]
    [InlineData("2001:db8:0:1::9", "", "", 1)]
    [InlineData("192.0.2.0/20", "", "", 0)]
    [InlineData("<script>", "", "", 0)]
    public void They_are_filtered_by_block_domain_and_verdict(string block, string domain, string verdict, int expected)
    {
        RecentSession[] sessions =
        [
            Session("1", "192.0.2.7", domain: "example.com"),
            Session("2", "192.0.2.8", domain: "other.test", verdict: "defer"),
            Session("3", "2001:db8:0:1::1", domain: "example.org"),
        ];
        var query = new SessionQuery(block, domain, verdict);
        Assert.Equal(expected, query.Filter(sessions).Count());
        Assert.Equal(block is "192.0.2.0/20" or "<script>", query.Error is not null);
    }

    [Fact]
    public void A_connection_that_ended_at_the_door_is_told_apart_from_a_deferred_recipient()
    {
        var (door, deferred) = (Session("1", verdict: "defer") with { Outcome = "refused", Recipients = 0 }, Session("2", verdict: "defer"));
        Assert.Equal(("door", "defer"), (door.Fate, deferred.Fate));
        Assert.Equal(["1"], new SessionQuery("", "", "door").Filter([door, deferred]).Select(s => s.Id));
    }

    private static RecentSession Session(string id, string address = "192.0.2.1", string hello = "mail.example.net", string domain = "example.com", string verdict = "forward") =>
        new(id, DateTimeOffset.UnixEpoch, IpBlock.Of(IPAddress.Parse(address)), new string('n', 300), hello, null)
        {
            Outcome = "quit",
            Verdict = verdict,
            Reason = "PersonRate",
            Recipients = 1,
            RecipientsTaken = 1,
            Messages = 1,
            Domain = domain,
            NextHop = "mx.example.com",
            Answer = "250 2.0.0",
            Held = TimeSpan.Zero,
            Duration = TimeSpan.FromSeconds(1),
        };
}
