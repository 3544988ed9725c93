using ThrottleNet.TrustList.Feed;
using ThrottleNet.TrustList.Folding;
using ThrottleNet.TrustList.Logs;
using ThrottleNet.TrustList.Statements;
using static ThrottleNet.TrustList.Tests.TestAuthor;

namespace ThrottleNet.TrustList.Tests.Feed;

/// <summary>Which keys' logs are exchanged after a root's log has forked.</summary>
public sealed class DelegateWatchTests : IDisposable
{
    private readonly TestAuthor _root = new();
    private readonly TestAuthor _isp = new();

    public void Dispose()
    {
        _root.Dispose();
        _isp.Dispose();
    }

    [Theory]
    [InlineData("192.0.2.0/24", true)]
    [InlineData("203.0.113.0/24", false)]
    public void A_delegation_counts_after_a_statement_that_was_signed_twice_and_not_after_two_different_ones(string other, bool counts)
    {
        _root.Say(Enrol("192.0.2.0/24"), 0);
        _root.Say(Delegate("198.51.100.0/24", _isp.Id), 1);
        var second = SignedStatement.Sign(Enrol(other), _root.Key, default, Start);
        Assert.NotEqual(Text(_root.Log[0].Line), Text(second.Line));

        var here = Log([.. _root.Log], [second]);
        var elsewhere = Log([second], [.. _root.Log]);
        Assert.All([here, elsewhere], log =>
        {
            Assert.Equal(1, log.FirstFork);
            Assert.Equal(counts, Delegates(new DelegateWatch(Roots), log).Contains(_isp.Id));
            var all = log.Log.Statements.Concat(log.Forks).Select(signed => signed.Statement);
            Assert.Equal(counts, ListFold.Fold(all, Roots, Start.AddMinutes(5)).Delegations.Count > 0);
        });
    }

    [Fact]
    public void Delegates_are_found_again_when_a_log_forks_and_when_it_grows_after_that()
    {
        _root.Say(Enrol("192.0.2.0/24"), 0);
        _root.Say(Delegate("198.51.100.0/24", _isp.Id), 1);
        _root.Say(Enrol("203.0.113.0/24"), 2);
        var twice = SignedStatement.Sign(Enrol("192.0.2.0/24"), _root.Key, default, Start);
        var different = SignedStatement.Sign(Enrol("198.51.100.0/24"), _root.Key, _root.Log[0].Head, Start.AddMinutes(1));

        var watch = new DelegateWatch(Roots);
        Assert.Empty(Delegates(watch, Log([twice], [])));
        Assert.Empty(Delegates(watch, Log([twice], [_root.Log[0]])));
        Assert.Equal([_isp.Id], Delegates(watch, Log([twice], [.. _root.Log])));
        Assert.Empty(Delegates(watch, Log([twice], [.. _root.Log, different])));
    }

    private HashSet<string> Roots => [_root.Id];

    private IReadOnlySet<string> Delegates(DelegateWatch watch, AuthorLog log) => watch.Of(new Dictionary<string, AuthorLog> { [_root.Id] = log });

    private AuthorLog Log(IReadOnlyList<SignedStatement> chain, IReadOnlyList<SignedStatement> forks) =>
        new(_root.Id, FeedNode.Reading(_root.Key.Public, chain), forks);
}
