using System.Collections;
using ThrottleNet.TrustList.Feed;
using ThrottleNet.TrustList.Logs;
using static ThrottleNet.TrustList.Tests.TestAuthor;

namespace ThrottleNet.TrustList.Tests.Logs;

public sealed class StatementListTests : IDisposable
{
    private readonly TestAuthor _author = new();

    public StatementListTests()
    {
        for (var i = 0; i < 200; i++)
        {
            _author.Say(i == 100 ? Delegate("10.0.0.0/8", new string('a', 40)) : Enrol($"10.0.0.{i}/32"), i);
        }
    }

    public void Dispose() => _author.Dispose();

    [Fact]
    public void A_list_that_grows_is_seldom_copied_and_shorter_ones_stay_as_they_are()
    {
        var list = StatementList.Join([], []);
        var rooms = new HashSet<int> { list.Capacity };
        List<StatementList> all = [list];
        foreach (var signed in _author.Log)
        {
            rooms.Add((list = StatementList.Join(list, [signed])).Capacity);
            all.Add(list);
        }

        Assert.InRange(rooms.Count, 2, 10);
        Assert.All(all, one => Assert.Equal(_author.Log.Take(one.Count), one));
        Assert.Throws<IndexOutOfRangeException>(() => all[7][7]);
    }

    [Fact]
    public void Two_lists_that_continue_the_same_list_do_not_disturb_each_other()
    {
        var list = StatementList.Join([], [.. _author.Log.Take(2)]);
        var one = StatementList.Join(list, [_author.Log[2]]);
        var other = StatementList.Join(list, [_author.Log[3]]);

        Assert.Equal([_author.Log[0], _author.Log[1], _author.Log[2]], one);
        Assert.Equal([_author.Log[0], _author.Log[1], _author.Log[3]], other);
    }

    [Fact]
    public void Only_the_new_part_of_a_log_is_searched_for_delegations()
    {
        var watch = new DelegateWatch(new HashSet<string> { _author.Id });
        var looked = 0;
        for (var i = 0; i <= _author.Log.Count; i++)
        {
            var statements = new Counted(_author.Log.Take(i).ToList(), () => looked++);
            var log = new AuthorLog(_author.Id, Reading(statements), []);
            looked = 0;
            Assert.Equal(i > 100 ? 1 : 0, watch.Of(new Dictionary<string, AuthorLog> { [_author.Id] = log }).Count);
            Assert.InRange(looked, 0, 3);
        }

        var forked = new AuthorLog(_author.Id, Reading(_author.Log), [SignedStatement.Sign(Enrol("192.0.2.0/24"), _author.Key, _author.Log[49].Head, Start.AddDays(1))]);
        Assert.Empty(watch.Of(new Dictionary<string, AuthorLog> { [_author.Id] = forked }));
    }

    private LogReading Reading(IReadOnlyList<SignedStatement> statements) => Tests.Feed.FeedNode.Reading(_author.Key.Public, statements);

    private sealed class Counted(List<SignedStatement> all, Action look) : IReadOnlyList<SignedStatement>
    {
        public int Count => all.Count;

        public SignedStatement this[int index]
        {
            get
            {
                look();
                return all[index];
            }
        }

        public IEnumerator<SignedStatement> GetEnumerator() => all.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
