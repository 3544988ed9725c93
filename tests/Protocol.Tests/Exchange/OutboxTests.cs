using System.Net;
using ThrottleNet.Counting.Batches;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.Protocol.Tests.Exchange;

public sealed class OutboxTests
{
    [Fact]
    public void Each_count_is_in_the_batch_whose_seq_was_returned_for_it()
    {
        var outbox = new Outbox();
        var random = new Random(1);
        ulong published = 0;
        for (var round = 0; round < 2; round++)
        {
            var returned = new Dictionary<(ulong Key, bool Bad), ulong>();
            for (var i = 0; i < 30_000; i++)
            {
                var host = Host(random.Next(BatchCounts.MaxEntries * 2));
                var isBad = random.Next(4) == 0;
                var seq = isBad ? outbox.AddBadRecipient(host) : outbox.Add(host);
                Assert.Equal(returned.GetValueOrDefault((host.Key, isBad), seq), seq); // a further count of a host is in the same batch
                returned[(host.Key, isBad)] = seq;
                Assert.InRange(seq, published + 1, outbox.CountedSeq);
            }

            var counted = outbox.CountedSeq;
            var batches = outbox.Take(out var first);
            Assert.InRange(batches.Count, 3, 5);
            Assert.Equal(first + (ulong)batches.Count - 1, counted);
            Assert.Equal(counted, outbox.CountedSeq);
            Assert.Equal(published + 1, first);
            published = counted;
            Assert.Equal(returned.Count, batches.Sum(b => b.Count));
            foreach (var (batch, index) in batches.Select((b, i) => (b, (ulong)i)))
            {
                Assert.All(batch.Attempts, e => Assert.Equal(first + index, returned[(e.Key, false)]));
                Assert.All(batch.BadRecipients, e => Assert.Equal(first + index, returned[(e.Key, true)]));
            }
        }
    }

    [Fact]
    public void With_several_batches_a_hold_ends_when_its_own_batch_is_acknowledged()
    {
        using var node = new TestNode("a");
        using var peer = new TestNode("b");
        var link = node.LinkTo(peer, 1_767_225_600_000);
        var tickets = Enumerable.Range(0, 2 * BatchCounts.MaxEntries).Select(i => node.Outbox.Add(Host(i))).ToList();
        Assert.Equal([1, 2], tickets.Distinct());
        Assert.Equal(BatchCounts.MaxEntries, tickets.Count(t => t == 1));
        node.Core.Tick(1_767_225_600_100);
        node.Core.Receive(1_767_225_600_200, link, new AckFrame(1, 1, 1, 0), 20);
        node.Take();
        Assert.Equal(1ul, node.Complete);
        node.Core.Receive(1_767_225_600_300, link, new AckFrame(1, 2, 1, 0), 20);
        node.Take();
        Assert.Equal(tickets[^1], node.Complete);
    }

    private static IpBlock Host(int number) => IpBlock.Of(new IPAddress([10, (byte)(number >> 16), (byte)(number >> 8), (byte)number]));
}
