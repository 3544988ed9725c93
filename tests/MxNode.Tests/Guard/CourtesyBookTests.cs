using System.Net;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Cluster.News;
using ThrottleNet.MxNode.Guard;

namespace ThrottleNet.MxNode.Tests.Guard;

public sealed class CourtesyBookTests
{
    private static readonly IpBlock Host = IpBlock.Of(IPAddress.Parse("192.0.2.7"));

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void A_message_counts_once_for_all_its_recipients()
    {
        var book = new CourtesyBook(2, TimeSpan.Zero, _time);
        Assert.All(Enumerable.Range(0, 50), _ => Assert.True(book.TryGrant(Host, "a")));
        Assert.True(book.TryGrant(Host, "b"));
        Assert.False(book.TryGrant(Host, "c"));
        Assert.True(book.TryGrant(Host, "a")); // the message's other recipients get the same answer
    }

    [Fact]
    public void All_mails_within_the_interval_are_one_courtesy()
    {
        var book = new CourtesyBook(3, TimeSpan.FromMinutes(20), _time);
        for (var minute = 0; minute < 60; minute++)
        {
            Assert.True(book.TryGrant(Host, $"m{minute}"), $"minute {minute}");
            _time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.False(book.TryGrant(Host, "late"));
    }

    [Fact]
    public void A_queue_of_a_hundred_mails_is_one_courtesy_and_more_are_counted_again()
    {
        var book = new CourtesyBook(2, TimeSpan.FromMinutes(20), _time);
        Assert.All(Enumerable.Range(0, 2 * CourtesyBook.MailsPerCourtesy), i => Assert.True(book.TryGrant(Host, $"{i}")));
        Assert.False(book.TryGrant(Host, "more"));
    }

    [Fact]
    public void Recipients_of_several_mails_that_are_asked_for_alternately_are_not_more_mails()
    {
        var book = new CourtesyBook(1, TimeSpan.FromMinutes(20), _time);
        Assert.All(Enumerable.Range(0, 5 * CourtesyBook.MailsPerCourtesy), i => Assert.True(book.TryGrant(Host, $"{i % 4}")));
    }

    [Fact]
    public void Hosts_are_counted_apart_and_the_addresses_of_an_IPv6_subnet_together()
    {
        var book = new CourtesyBook(1, TimeSpan.Zero, _time);
        Assert.True(book.TryGrant(IpBlock.Of(IPAddress.Parse("2001:db8::1")), "a"));
        Assert.False(book.TryGrant(IpBlock.Of(IPAddress.Parse("2001:db8::2")), "b"));
        Assert.True(book.TryGrant(IpBlock.Of(IPAddress.Parse("2001:db8:0:1::1")), "b"));
        Assert.True(book.TryGrant(Host, "b"));
    }

    [Fact]
    public void After_a_day_of_silence_or_mail_through_the_network_a_hosts_courtesies_start_anew()
    {
        var book = new CourtesyBook(1, TimeSpan.Zero, _time);
        Assert.True(book.TryGrant(Host, "a"));
        _time.Advance(TimeSpan.FromHours(23));
        Assert.False(book.TryGrant(Host, "b"));
        _time.Advance(TimeSpan.FromHours(23));
        Assert.False(book.TryGrant(Host, "c"));
        _time.Advance(TimeSpan.FromHours(25));
        Assert.True(book.TryGrant(Host, "d"));
        Assert.False(book.TryGrant(Host, "e"));
        book.Forget(Host);
        Assert.True(book.TryGrant(Host, "f"));
    }

    [Fact]
    public void A_full_book_grants_courtesies_to_new_hosts_and_makes_room_when_entries_expire()
    {
        var book = new CourtesyBook(1, TimeSpan.Zero, _time, capacity: 3);
        foreach (var i in Enumerable.Range(0, 3))
        {
            Assert.True(book.TryGrant(IpBlock.Of(new IPAddress([192, 0, 2, (byte)i])), "a"));
        }

        Assert.All(Enumerable.Range(0, 10), i => Assert.True(book.TryGrant(Host, $"{i}")));
        Assert.Equal(3, book.Count);
        _time.Advance(TimeSpan.FromHours(25));
        Assert.True(book.TryGrant(Host, "x"));
        Assert.False(book.TryGrant(Host, "y"));
        Assert.Equal(1, book.Count);
    }

    [Fact]
    public void Two_guards_that_share_their_counts_grant_a_host_its_courtesies_once()
    {
        var (news, others) = (new NewsBuffer<CourtesyNote>(100), new NewsBuffer<CourtesyNote>(100));
        var (a, b) = (new CourtesyBook(2, TimeSpan.FromMinutes(20), _time, news: news), new CourtesyBook(2, TimeSpan.FromMinutes(20), _time, news: others));
        Assert.True(a.TryGrant(Host, "1"));
        Share();
        Assert.True(b.TryGrant(Host, "1")); // another recipient of the same mail
        Assert.True(b.TryGrant(Host, "2"));
        Share();
        _time.Advance(TimeSpan.FromMinutes(20));
        Assert.True(b.TryGrant(Host, "3"));
        Share();
        _time.Advance(TimeSpan.FromMinutes(20));
        Assert.False(a.TryGrant(Host, "4"));
        a.Forget(Host);
        Share();
        Assert.True(b.TryGrant(Host, "5"));

        void Share()
        {
            var (first, second) = (news.TakeAll(), others.TakeAll());
            first.ToList().ForEach(b.Take);
            second.ToList().ForEach(a.Take);
        }
    }

    [Fact]
    public void A_guard_that_joins_takes_the_pages_over_and_keeps_the_one_that_counted_more()
    {
        var news = new NewsBuffer<CourtesyNote>(100);
        var old = new CourtesyBook(2, TimeSpan.FromMinutes(20), _time, news: news);
        old.TryGrant(Host, "1");
        _time.Advance(TimeSpan.FromMinutes(20));
        old.TryGrant(Host, "2");
        var joined = new CourtesyBook(2, TimeSpan.FromMinutes(20), _time);
        joined.TryGrant(Host, "3");
        foreach (var note in old.ReadAll().Concat(news.TakeAll()).Concat([new CourtesyNote("no address", 1, 1), new CourtesyNote("192.0.2.9", 1, Page: new CourtesyPage(9, 9, TimeSpan.FromDays(-1), TimeSpan.Zero))]))
        {
            joined.Take(note);
        }

        Assert.Equal(1, joined.Count);
        _time.Advance(TimeSpan.FromMinutes(20));
        Assert.False(joined.TryGrant(Host, "4"));
    }
}
