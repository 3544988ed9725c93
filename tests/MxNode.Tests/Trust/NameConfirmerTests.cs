using System.Net;
using ThrottleNet.MxNode.Cli.Trust;
using ThrottleNet.MxNode.Trust;

namespace ThrottleNet.MxNode.Tests.Trust;

public sealed class NameConfirmerTests
{
    [Fact]
    public async Task Only_addresses_whose_reverse_name_is_the_name_are_confirmed()
    {
        var dns = new FakeDns()
            .HostBothWays("lists.example.org", "192.0.2.1")
            .HostBothWays("lists.example.org", "2001:db8::1")
            .HostBothWays("lists.example.org", "192.0.2.2", reverse: "victim.example.net");
        var found = await new NameConfirmer(dns).ConfirmAsync("lists.example.org", CancellationToken.None);

        Assert.Equal([IPAddress.Parse("192.0.2.1"), IPAddress.Parse("2001:db8::1")], found.Confirmed);
        Assert.Equal([IPAddress.Parse("192.0.2.2")], found.Unconfirmed);
        Assert.True(found.Complete);
    }

    [Fact]
    public async Task A_silent_DNS_confirms_and_denies_no_address()
    {
        var found = await new NameConfirmer(new FakeDns { IsSilent = true }).ConfirmAsync("lists.example.org", CancellationToken.None);

        Assert.Empty(found.Confirmed);
        Assert.False(found.Complete);
    }

    [Theory]
    [InlineData("dsl-192-0-2-11.example.net", true)]
    [InlineData("11.2.0.192.example.net", true)]
    [InlineData("c000020b.example.net", true)]
    [InlineData("pool7.example.net", true)]
    [InlineData("host.dynamic.example.net", true)]
    [InlineData("p011002.dip.example.net", false)]
    [InlineData("mail.example.net", false)]
    [InlineData("mx2.example.net", false)]
    [InlineData("lists.poolside.example", false)]
    [InlineData("clients-first.example", false)]
    public void Names_of_pools_are_recognised(string name, bool pool) =>
        Assert.Equal(pool, PoolNames.IsPoolLike(name, IPAddress.Parse("192.0.2.11")));
}
