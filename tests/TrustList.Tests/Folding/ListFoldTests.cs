using System.Net;
using ThrottleNet.TrustList.Folding;
using ThrottleNet.TrustList.Statements;
using static ThrottleNet.TrustList.Tests.TestAuthor;

namespace ThrottleNet.TrustList.Tests.Folding;

public sealed class ListFoldTests
{
    private const string Root = "1111111111111111111111111111111111111111";
    private const string Root2 = "2222222222222222222222222222222222222222";
    private const string Isp = "3333333333333333333333333333333333333333";
    private const string Stranger = "4444444444444444444444444444444444444444";

    private readonly List<Statement> _statements = [];

    [Fact]
    public void The_latest_statement_decides()
    {
        Say(Root, 0, Enrol("192.0.2.0/24"));
        Assert.True(Trusts("192.0.2.1"));
        Say(Root2, 1, Suspend("192.0.2.0/24"));
        Assert.False(Trusts("192.0.2.1"));
        Say(Root, 2, Renew("192.0.2.0/24"));
        Assert.True(Trusts("192.0.2.1"));
        Say(Root, 3, Revoke("192.0.2.0/24"));
        Assert.False(Trusts("192.0.2.1"));
    }

    [Theory]
    [InlineData(Root, Root2)]
    [InlineData(Root2, Root)]
    public void Of_two_statements_in_the_same_second_a_denial_wins(string enrols, string denies)
    {
        Say(enrols, 5, Enrol("192.0.2.0/24"));
        Say(denies, 5, Revoke("192.0.2.0/24"));
        Assert.False(Trusts("192.0.2.1"));
    }

    [Fact]
    public void Of_one_authors_statements_in_the_same_second_the_later_in_the_log_decides()
    {
        Say(Root, 5, Revoke("192.0.2.0/24"));
        Say(Root, 5, Enrol("192.0.2.0/24"));
        Assert.True(Trusts("192.0.2.1"));
    }

    [Fact]
    public void An_expired_entry_is_untrusted_and_the_next_change_is_known()
    {
        Say(Root, 0, Enrol("192.0.2.0/24", minutes: 60));
        Say(Root, 0, Enrol("192.0.2.7/32", minutes: 30));

        Assert.Equal(Start.AddMinutes(30), Fold(10).NextChange);
        Assert.Equal(Start.AddMinutes(60), Fold(30).NextChange);
        Assert.Equal(AsideReason.Expired, Assert.Single(Fold(30).Aside).Reason);
        Assert.True(Trusts("192.0.2.7", at: 59));
        Assert.False(Trusts("192.0.2.7", at: 60));
        Assert.Null(Fold(60).NextChange);
    }

    [Fact]
    public void A_suspended_host_is_untrusted_within_a_trusted_network()
    {
        Say(Root, 0, Enrol("192.0.2.0/24"));
        Say(Root, 0, Suspend("192.0.2.7/32"));
        Assert.True(Trusts("192.0.2.6"));
        Assert.False(Trusts("192.0.2.7"));
    }

    [Fact]
    public void An_author_without_authority_changes_nothing()
    {
        Say(Root, 0, Enrol("192.0.2.0/24"));
        Say(Stranger, 1, Revoke("192.0.2.0/24"));
        Say(Stranger, 2, Enrol("198.51.100.0/24"));
        Say(Stranger, 3, Delegate("203.0.113.0/24", Stranger));
        Say(Stranger, 4, Enrol("203.0.113.0/24"));

        Assert.True(Trusts("192.0.2.1"));
        Assert.False(Trusts("198.51.100.1"));
        Assert.False(Trusts("203.0.113.1"));
        Assert.Equal(4, Fold().Aside.Count(aside => aside.Reason == AsideReason.NoAuthority));
    }

    [Fact]
    public void A_delegates_statements_count_within_its_range_only()
    {
        Say(Root, 0, Delegate("198.51.0.0/16", Isp));
        Say(Root, 0, Delegate("isp.example", Isp));
        Say(Isp, 1, Enrol("198.51.100.7/32"));
        Say(Isp, 1, Enrol("192.0.2.7/32"));
        Say(Isp, 1, Enrol("198.50.0.0/15"));
        Say(Isp, 1, Enrol("mail.isp.example"));
        Say(Isp, 1, Enrol("mail.notisp.example"));

        Assert.True(Trusts("198.51.100.7"));
        Assert.False(Trusts("192.0.2.7"));
        Assert.False(Trusts("198.51.0.1"));
        Assert.Equal(["mail.isp.example"], Fold().HostNames);
    }

    [Fact]
    public void A_delegate_cannot_delegate()
    {
        Say(Root, 0, Delegate("198.51.0.0/16", Isp));
        Say(Isp, 1, Delegate("198.51.100.0/24", Stranger));
        Say(Stranger, 2, Enrol("198.51.100.7/32"));
        Assert.False(Trusts("198.51.100.7"));
    }

    [Fact]
    public void Revoking_a_delegation_removes_the_delegates_entries()
    {
        Say(Root, 0, Delegate("198.51.0.0/16", Isp));
        Say(Isp, 1, Enrol("198.51.100.7/32"));
        Say(Root2, 2, Revoke("198.51.0.0/16") with { Delegate = Isp });

        Assert.False(Trusts("198.51.100.7"));
        Assert.Empty(Fold().Delegations);
        Assert.Empty(Fold().Rows);
    }

    [Fact]
    public void Entries_expire_with_their_delegation_and_do_not_exceed_its_rate()
    {
        Say(Root, 0, Delegate("198.51.0.0/16", Isp, rate: 50, minutes: 100));
        Say(Isp, 1, Enrol("198.51.100.7/32"));
        Say(Isp, 1, Enrol("198.51.100.8/32") with { RatePerHour = 20 });

        var rows = Fold().Rows.ToDictionary(row => row.Subject.ToString());
        Assert.Equal(50, rows["198.51.100.7/32"].RatePerHour);
        Assert.Equal(20, rows["198.51.100.8/32"].RatePerHour);
        Assert.All(rows.Values, row => Assert.Equal(Start.AddMinutes(100), row.Expires));
        Assert.True(Trusts("198.51.100.7", at: 99));
        Assert.False(Trusts("198.51.100.7", at: 100));
    }

    [Fact]
    public void No_more_hosts_than_delegated_are_trusted()
    {
        Say(Root, 0, Delegate("198.51.0.0/16", Isp, hosts: 10));
        Say(Isp, 1, Enrol("198.51.100.0/29"));
        Say(Isp, 2, Enrol("198.51.100.8/30"));
        Say(Isp, 3, Enrol("198.51.100.16/31"));

        Assert.True(Trusts("198.51.100.0"));
        Assert.False(Trusts("198.51.100.8"));
        Assert.True(Trusts("198.51.100.16"));
        Assert.Equal((UInt128)10, Assert.Single(Fold().Delegations).Used);
        Assert.Equal(AsideReason.OverHosts, Assert.Single(Fold().Aside).Reason);

        Say(Isp, 4, Revoke("198.51.100.0/29"));
        Assert.True(Trusts("198.51.100.8"));
    }

    [Fact]
    public void An_IPv6_subnet_counts_as_one_host()
    {
        Say(Root, 0, Delegate("2001:db8::/32", Isp, hosts: 5));
        Say(Isp, 1, Enrol("2001:db8:1::/62"));
        Say(Isp, 2, Enrol("2001:db8:2::1/128"));
        Say(Isp, 3, Enrol("2001:db8:3::1/128"));

        Assert.True(Trusts("2001:db8:1::1"));
        Assert.True(Trusts("2001:db8:2::1"));
        Assert.False(Trusts("2001:db8:3::1"));
    }

    [Theory]
    [InlineData("198.51.100.7/32")]
    [InlineData("198.51.100.0/24")]
    [InlineData("198.51.0.0/16")]
    public void A_delegate_cannot_enrol_what_a_root_has_denied(string denied)
    {
        Say(Root, 0, Delegate("198.51.0.0/16", Isp));
        Say(Root, 1, Revoke(denied));
        Say(Isp, 2, Enrol("198.51.100.7/32"));
        Assert.False(Trusts("198.51.100.7"));

        Say(Root, 3, Enrol(denied));
        Assert.True(Trusts("198.51.100.7"));
    }

    [Fact]
    public void A_delegate_cannot_enrol_a_network_that_contains_what_a_root_has_denied()
    {
        Say(Root, 0, Delegate("isp.example", Isp));
        Say(Root, 0, Delegate("198.51.0.0/16", Isp, hosts: 1000));
        Say(Root, 1, Suspend("198.51.100.0/25"));
        Say(Root, 1, Suspend("198.51.100.128/25"));
        Say(Root, 1, Suspend("pool.isp.example"));
        Say(Isp, 2, Enrol("198.51.100.0/24"));
        Say(Isp, 2, Enrol("a.pool.isp.example"));
        Say(Isp, 2, Enrol("mypool.isp.example"));

        Assert.False(Trusts("198.51.100.7"));
        Assert.Equal(["mypool.isp.example"], Fold().HostNames);
    }

    [Fact]
    public void A_delegates_denial_outlives_its_delegation_until_the_delegation_is_revoked()
    {
        Say(Root, 0, Enrol("198.51.100.7/32"));
        Say(Root, 0, Delegate("198.51.0.0/16", Isp, minutes: 60));
        Say(Isp, 1, Revoke("198.51.100.7/32"));

        Assert.False(Trusts("198.51.100.7", at: 30));
        Assert.False(Trusts("198.51.100.7", at: 90));
        Say(Isp, 61, Revoke("198.51.100.8/32"));
        Assert.Equal(AsideReason.NoAuthority, Fold(90).Aside.Single(aside => aside.Statement.Action == TrustAction.Revoke).Reason);
        Say(Root, 91, Revoke("198.51.0.0/16") with { Delegate = Isp });
        Assert.True(Trusts("198.51.100.7", at: 92));
    }

    [Fact]
    public void An_enrolment_dated_ahead_is_not_in_force_yet_and_a_denial_is()
    {
        Say(Root, 0, Enrol("198.51.100.0/24"));
        Say(Root, 60, Enrol("192.0.2.0/24"));
        Say(Root2, 60, Revoke("198.51.100.0/24"));

        Assert.False(Trusts("198.51.100.1", at: 1));
        Assert.False(Trusts("192.0.2.1", at: 54));
        Assert.Equal(Start.AddMinutes(55), Fold(1).NextChange);
        Assert.True(Trusts("192.0.2.1", at: 55));
    }

    [Fact]
    public void A_fork_is_shown_and_freezes_the_author()
    {
        Say(Root, 0, Enrol("192.0.2.0/24"));
        Say(Root, 1, Enrol("198.51.100.0/24"));
        _statements.Add(Enrol("203.0.113.0/24") with { Author = Root, Seq = 2, Issued = Start.AddMinutes(1) });
        Say(Root, 2, Enrol("192.0.3.0/24"));

        Assert.Equal(new Fork(Root, 2), Assert.Single(Fold().Forks));
        Assert.True(Trusts("192.0.2.1"));
        Assert.False(Trusts("198.51.100.1"));
        Assert.False(Trusts("203.0.113.1"));
        Assert.False(Trusts("192.0.3.1"));
        Assert.Equal(3, Fold().Aside.Count(aside => aside.Reason == AsideReason.Frozen));
    }

    [Fact]
    public void Forking_a_log_does_not_undo_a_revocation_in_it()
    {
        Say(Root, 0, Enrol("192.0.2.0/24"));
        Say(Root, 1, Revoke("192.0.2.0/24"));
        _statements.Add(Enrol("192.0.2.0/24") with { Author = Root, Seq = 2, Issued = Start.AddMinutes(2) });
        Assert.False(Trusts("192.0.2.1"));
    }

    [Fact]
    public void A_statement_received_twice_is_not_a_fork()
    {
        Say(Root, 0, Enrol("192.0.2.0/24"));
        _statements.Add(_statements[0] with { });
        Assert.Empty(Fold().Forks);
        Assert.True(Trusts("192.0.2.1"));
    }

    [Fact]
    public void A_delegates_later_statement_with_a_past_expiry_ends_the_trust()
    {
        Say(Root, 0, Enrol("198.51.100.7/32"));
        Say(Root, 0, Delegate("198.51.0.0/16", Isp));
        Say(Isp, 1, Enrol("198.51.100.7/32", minutes: 10));

        Assert.True(Trusts("198.51.100.7", at: 9));
        Assert.False(Trusts("198.51.100.7", at: 10));
    }

    private void Say(string author, int minute, Statement statement) => _statements.Add(statement with
    {
        Author = author,
        Seq = _statements.Where(other => other.Author == author).Select(other => other.Seq).DefaultIfEmpty().Max() + 1,
        Issued = Start.AddMinutes(minute),
    });

    private FoldedList Fold(int at = 10) => ListFold.Fold(_statements, new HashSet<string> { Root, Root2 }, Start.AddMinutes(at));

    private bool Trusts(string address, int at = 10) =>
        ListIndex.Build([], Fold(at), _ => []).TryFind(IPAddress.Parse(address), out _);
}
