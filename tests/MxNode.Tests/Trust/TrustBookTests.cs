using System.Net;
using Microsoft.Extensions.DependencyInjection;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.TrustList;

namespace ThrottleNet.MxNode.Tests.Trust;

public sealed class TrustBookTests
{
    [Fact]
    public void Configured_entries_are_trusted_from_the_start()
    {
        using var services = new ServiceCollection()
            .AddSingleton<TimeProvider>(new FakeTimeProvider())
            .AddTrust(new TrustOptions { Entries = ["192.0.2.0/24", "2001:db8::1"] })
            .BuildServiceProvider();
        var book = services.GetRequiredService<TrustBook>();

        Assert.Equal("192.0.2.0/24", book.Find(IPAddress.Parse("192.0.2.1"))?.Subject);
        Assert.NotNull(book.Find(IPAddress.Parse("::ffff:192.0.2.1")));
        Assert.NotNull(book.Find(IPAddress.Parse("2001:db8::1")));
        Assert.Null(book.Find(IPAddress.Loopback));
    }

    [Fact]
    public void An_entry_is_untrusted_from_its_expiry_on()
    {
        var clock = new FakeTimeProvider();
        var book = new TrustBook(clock);
        book.Replace(TrustIndex.Build([new TrustEntry { Network = IPNetwork.Parse("192.0.2.0/24"), Expires = clock.GetUtcNow().AddHours(1) }]));

        clock.Advance(TimeSpan.FromHours(1) - TimeSpan.FromTicks(1));
        Assert.NotNull(book.Find(IPAddress.Parse("192.0.2.1")));
        clock.Advance(TimeSpan.FromTicks(1));
        Assert.Null(book.Find(IPAddress.Parse("192.0.2.1")));
    }

    [Fact]
    public void A_new_list_replaces_the_old_one()
    {
        var book = new TrustBook(TimeProvider.System);
        book.Replace(TrustIndex.Build([new TrustEntry { Network = IPNetwork.Parse("192.0.2.0/24") }]));
        book.Replace(TrustIndex.Empty);

        Assert.Null(book.Find(IPAddress.Parse("192.0.2.1")));
    }
}
