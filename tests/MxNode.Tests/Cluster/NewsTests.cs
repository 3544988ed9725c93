using Microsoft.Extensions.Logging;
using ThrottleNet.Cluster.Log;
using ThrottleNet.MxNode.Cluster;
using ThrottleNet.MxNode.Cluster.News;
using ThrottleNet.MxNode.Cluster.Zone;

namespace ThrottleNet.MxNode.Tests.Cluster;

public sealed class NewsTests : IDisposable
{
    private static readonly NodeId Other = new("other", 1);

    private readonly FakeTimeProvider _time = new();
    private readonly LoggerFactory _logging = new([new CapturedLog()]);
    private readonly TextTopic _topic = new();

    public void Dispose() => _logging.Dispose();

    [Fact]
    public void News_are_read_from_any_number_on_and_those_of_over_a_minute_are_missed()
    {
        var desk = NewDesk();
        Say(desk, "a");
        Say(desk, "b");
        Assert.Equal(("a b", 2, false), Read(desk, 0));
        Assert.Equal(("b", 2, false), Read(desk, 1));
        Assert.False(desk.HasNews(2));
        _time.Advance(TimeSpan.FromSeconds(61));
        Say(desk, "c");
        Assert.Equal(("c", 3, true), Read(desk, 0));
        Assert.Equal(("c", 3, false), Read(desk, 2));
    }

    [Fact]
    public void A_node_that_missed_news_asks_for_everything_unless_it_did_so_lately()
    {
        var desk = NewDesk();
        desk.ReceiveAll(Other, [new NewsItem("text", "all"u8.ToArray())]);
        Assert.False(desk.IsLacking);
        desk.Receive(new NewsCall("third", 1, Missed: true, [new NewsItem("text", "more"u8.ToArray())]));
        Assert.Null(desk.Source);
        _time.Advance(TimeSpan.FromSeconds(61));
        desk.Receive(new NewsCall("third", 1, Missed: true, []));
        Assert.Equal(new NodeId("third", 1), desk.Source);
        desk.ReceiveAll(new NodeId("third", 1), []);
        Assert.Null(desk.Source);
        Assert.Equal(["all", "more"], _topic.Taken);
    }

    [Fact]
    public void A_topic_that_the_giver_lacks_is_asked_for_elsewhere()
    {
        var desk = NewDesk();
        desk.ReceiveAll(Other, [new NewsItem("unknown here", [1])]);
        Assert.True(desk.IsLacking);
        desk.NothingToRead();
        Assert.False(desk.IsLacking);
    }

    [Fact]
    public void News_of_another_form_do_not_keep_the_others_from_being_taken()
    {
        var desk = NewDesk();
        desk.Receive(new NewsCall("other", 1, Missed: false, [new NewsItem("text", []), new NewsItem("text", "good"u8.ToArray())]));
        Assert.Equal(["good"], _topic.Taken);
    }

    // Of another version of the program, or damaged.
    [Theory]
    [InlineData("nonsense")]
    [InlineData("[null]")]
    [InlineData("""[{"Node":"b","Incarnation":1,"At":1,"IsReady":true,"LeftName":false,"Addresses":null,"Names":[],"Sources":[]}]""")]
    [InlineData("""[{"Node":"b","Incarnation":1,"At":1,"IsReady":true,"LeftName":false}]""")]
    public void A_card_that_lacks_something_is_not_taken_and_keeps_nothing_else_from_being_taken(string json)
    {
        var cards = new CardBook();
        var desk = new NewsDesk([_topic, cards.TopicFor(new NewsBuffer<NodeCard>(1))], new ClusterLog(_logging.CreateLogger<ClusterLog>()), _time);
        desk.Receive(new NewsCall("other", 1, Missed: false, [new NewsItem("addresses", System.Text.Encoding.UTF8.GetBytes(json)), new NewsItem("text", "good"u8.ToArray())]));
        Assert.Empty(cards.ReadAll());
        Assert.Equal(["good"], _topic.Taken);
    }

    [Fact]
    public void A_call_has_about_a_megabyte_at_most_and_the_log_64()
    {
        var log = new NewsLog(_time);
        for (var i = 0; i < 200; i++)
        {
            log.Add(new NewsItem("text", new byte[400_000]));
        }

        var (items, next, missed) = log.Read(0);
        Assert.True(missed);
        Assert.Equal(2, items.Length);
        Assert.Equal(log.First + 2, next);
        Assert.InRange((log.End - log.First) * 400_000, 60 << 20, 64 << 20);
    }

    [Fact]
    public void What_does_not_fit_into_a_buffer_is_left_out()
    {
        var buffer = new NewsBuffer<int>(2);
        buffer.Add(1);
        buffer.Add(2);
        buffer.Add(3);
        Assert.Equal([1, 2], buffer.TakeAll());
        Assert.Empty(buffer.TakeAll());
    }

    private NewsDesk NewDesk() => new([_topic], new ClusterLog(_logging.CreateLogger<ClusterLog>()), _time);

    private void Say(NewsDesk desk, string text)
    {
        _topic.Next = text;
        desk.Collect();
    }

    private static (string Texts, long Next, bool Missed) Read(NewsDesk desk, long from)
    {
        var (items, next, missed) = desk.Read(from);
        return (string.Join(' ', items.Select(i => System.Text.Encoding.UTF8.GetString(i.Octets))), next, missed);
    }

    private sealed class TextTopic() : NewsTopic("text")
    {
        public string? Next { get; set; }

        public List<string> Taken { get; } = [];

        public override byte[]? TakeNews()
        {
            var next = Next;
            Next = null;
            return next is null ? null : System.Text.Encoding.UTF8.GetBytes(next);
        }

        public override byte[] ReadAll() => [];

        public override void Apply(byte[] news, NodeId from) =>
            Taken.Add(news.Length == 0 ? throw new InvalidDataException("empty") : System.Text.Encoding.UTF8.GetString(news));
    }
}
