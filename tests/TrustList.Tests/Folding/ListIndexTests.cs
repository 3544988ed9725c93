using System.Net;
using ThrottleNet.TrustList.Folding;
using static ThrottleNet.TrustList.Tests.TestAuthor;

namespace ThrottleNet.TrustList.Tests.Folding;

public sealed class ListIndexTests
{
    private static readonly FoldedList List = new()
    {
        Rows =
        [
            new ListRow(Enrol("lists.example.org"), 500, Start),
            new ListRow(Suspend("192.0.2.0/28"), null, null),
            new ListRow(Enrol("192.0.2.0/24"), null, Start),
            new ListRow(Suspend("old.example.org"), null, null),
        ],
    };

    [Fact]
    public void The_confirmed_addresses_of_a_name_are_trusted_as_its_entry()
    {
        var index = ListIndex.Build([], List, Addresses("198.51.100.1", "2001:db8::1"));

        Assert.True(index.TryFind(IPAddress.Parse("198.51.100.1"), out var entry));
        Assert.Equal(("lists.example.org", "198.51.100.1/32", 500), (entry.Subject, entry.Network.ToString(), entry.RatePerHour));
        Assert.True(index.TryFind(IPAddress.Parse("2001:db8::1"), out entry));
        Assert.False(index.TryFind(IPAddress.Parse("198.51.100.2"), out _));
    }

    [Fact]
    public void A_host_name_entry_does_not_override_a_suspension()
    {
        var index = ListIndex.Build([], List, Addresses("192.0.2.1", "192.0.2.77"));

        Assert.False(index.TryFind(IPAddress.Parse("192.0.2.1"), out _));
        Assert.True(index.TryFind(IPAddress.Parse("192.0.2.77"), out var entry));
        Assert.Equal("lists.example.org", entry.Subject);
    }

    [Fact]
    public void A_suspended_host_name_is_not_resolved()
    {
        Assert.Equal(["lists.example.org"], List.HostNames);
        var index = ListIndex.Build([], List, name => name == "old.example.org" ? [IPAddress.Parse("198.51.100.1")] : []);
        Assert.False(index.TryFind(IPAddress.Parse("198.51.100.1"), out _));
    }

    [Fact]
    public void A_host_name_counts_for_a_bounded_number_of_addresses()
    {
        var many = Enumerable.Range(1, 50).Select(i => $"198.51.100.{i}").ToArray();
        Assert.Equal(ListIndex.MaxAddresses + 2, ListIndex.Build([], List, Addresses(many)).Count);
    }

    [Fact]
    public void The_nodes_own_entries_override_the_list()
    {
        var index = ListIndex.Build([new TrustEntry { Network = IPNetwork.Parse("192.0.2.0/28") }], List, Addresses());
        Assert.True(index.TryFind(IPAddress.Parse("192.0.2.1"), out var entry));
        Assert.Equal("", entry.Author);
    }

    private static Func<string, IReadOnlyList<IPAddress>> Addresses(params string[] addresses) =>
        name => name == "lists.example.org" ? Array.ConvertAll(addresses, IPAddress.Parse) : [];
}
