using System.Globalization;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Exchange;

namespace ThrottleNet.MxNode.Tests.Exchange;

public sealed class RestartTests : ExchangeTests
{
    private const int CertificateRead = 4000;
    private const int Evicted = 4021;
    private const int EpochRaised = 4022;
    private static readonly IpBlock Host = IpBlock.Of(IPAddress.Parse("192.0.2.7"));

    [Fact]
    public async Task A_restarted_node_has_its_counts_and_a_higher_epoch_and_counts_no_batch_twice()
    {
        await using var a = await StartAsync("a");
        await using (var b = await StartAsync("b", a.Address))
        {
            await ExchangeNode.LinkedAsync(a, b);
            await a.RegisterAsync(Host, 3);
            await b.RegisterAsync(Host, 2);
            await b.StopAsync();
        }

        var epoch = Epoch("b");
        await using var again = await StartAsync("b", a.Address);
        Assert.Equal((2, 3), Rounded(again));
        await again.JoinedAsync("a of operator-a");
        await a.RegisterAsync(Host);
        await again.RegisterAsync(Host);

        Assert.Equal((3, 4), Rounded(again));
        Assert.Equal((4, 3), Rounded(a));
        Assert.True(Epoch("b") > epoch);
    }

    [Fact]
    public async Task A_node_that_lost_its_data_gets_its_counts_from_its_peers_and_an_epoch_above_its_old_one()
    {
        Directory.CreateDirectory(Data("b"));
        File.WriteAllText(Path.Combine(Data("b"), "exchange.epoch"), "5000000000");
        await using var a = await StartAsync("a");
        await using (var b = await StartAsync("b", a.Address))
        {
            await ExchangeNode.LinkedAsync(a, b);
            await a.RegisterAsync(Host, 3);
            await b.RegisterAsync(Host, 2);
            await b.StopAsync();
        }

        Directory.Delete(Data("b"), recursive: true);
        await using var again = await StartAsync("b", a.Address);
        await again.Log.LineAsync(4022, "the epoch was raised to 5000000002");
        await again.RegisterAsync(Host);
        await a.RegisterAsync(Host);
        var (own, others) = Rounded(again);
        Assert.Equal(7, own + others);
        Assert.Equal((4, 3), Rounded(a));
    }

    [Fact]
    public async Task Peers_accept_batches_of_a_node_that_lost_its_data_after_its_old_batches_expired()
    {
        await using (var a = await StartAsync("a"))
        await using (var b = await StartAsync("b", a.Address))
        {
            await ExchangeNode.LinkedAsync(a, b);
            await b.RegisterAsync(Host, 2);
            await b.StopAsync();
            await a.StopAsync();
        }

        // After its restart, "a" knows which batches it has applied, and keeps none of them.
        Directory.Delete(Data("b"), recursive: true);
        await using var later = await StartAsync("a");
        Assert.Equal((0, 2), Rounded(later));
        await using var again = await StartAsync("b", [later.Address], null, time: new ShiftedTime { By = TimeSpan.FromSeconds(10) });
        await ExchangeNode.LinkedAsync(later, again);
        await again.RegisterAsync(Host, 3);
        await later.RegisterAsync(IpBlock.Of(IPAddress.Parse("192.0.2.8")));
        Assert.Equal((0, 5), Rounded(later));
        Assert.DoesNotContain(later.Log.Lines.Concat(again.Log.Lines), l => l.Event is Evicted or EpochRaised);
    }

    [Fact]
    public async Task A_renewed_certificate_is_used_for_new_links_and_the_origin_stays_the_same()
    {
        await using var a = await StartAsync("a");
        await using (var b = await StartAsync("b", a.Address))
        {
            await b.JoinedAsync("a of operator-a");
            Pki.Issue("a", "operator-a", validity: TimeSpan.FromDays(20));
            await b.StopAsync();
        }

        // The store reads its files at a handshake, at most once in a few seconds. Until then the new node keeps trying.
        await using var c = await StartAsync("c", a.Address);
        await c.JoinedAsync("a of operator-a");
        var store = a.Services.GetRequiredService<CredentialStore>();
        await Eventually.HoldsAsync("the new certificate", () => store.Current() != store.Initial);

        Assert.Equal(store.Initial.Self, store.Current().Self);
        Assert.NotEqual(store.Initial.Certificate.SerialNumber, store.Current().Certificate.SerialNumber);
        await using var d = await StartAsync("d", a.Address);
        await d.JoinedAsync("a of operator-a");
        Assert.Equal(2, a.Log.Lines.Count(l => l.Event == CertificateRead));
        await a.JoinedAsync("d of operator-d");
    }

    // Whole units: counts decay while a loaded machine runs the test.
    private static (double Own, double Others) Rounded(ExchangeNode node)
    {
        var (own, others) = node.Count(Host);
        return (Math.Round(own), Math.Round(others));
    }

    private ulong Epoch(string name) => ulong.Parse(File.ReadAllText(Path.Combine(Data(name), "exchange.epoch")), CultureInfo.InvariantCulture);
}
