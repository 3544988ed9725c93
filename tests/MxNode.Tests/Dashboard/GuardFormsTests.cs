using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Primitives;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Admin;
using ThrottleNet.MxNode.Dashboard;
using ThrottleNet.MxNode.Guard;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.MxNode.Trust;

namespace ThrottleNet.MxNode.Tests.Dashboard;

/// <summary>An operator lets a host in again that the guard dropped.</summary>
public sealed class GuardFormsTests : IDisposable
{
    private static readonly IPAddress Host = IPAddress.Parse("192.0.2.9");

    private readonly ServiceProvider _services;

    public GuardFormsTests()
    {
        var options = new GuardOptions { DropSet = "guard" };
        var clock = new FakeTimeProvider();
        _services = new ServiceCollection()
            .AddLogging()
            .AddSingleton<TimeProvider>(clock)
            .AddSingleton(new NodeInstance("a", "a.node.test", clock.GetUtcNow()))
            .AddSingleton(new AdminOptions())
            .AddSingleton(options)
            .AddTrust(new TrustOptions())
            .AddSingleton<TrustedBlocks>()
            .AddSingleton(provider => new DropTable(options, provider.GetRequiredService<TrustedBlocks>(), clock))
            .AddSingleton(new CourtesyBook(1, TimeSpan.Zero, clock))
            .AddSingleton<GuardTally>()
            .AddDashboard()
            .BuildServiceProvider();
    }

    [Fact]
    public async Task A_dropped_host_is_let_in_and_has_its_courtesies_back()
    {
        var (drops, courtesies) = (_services.GetRequiredService<DropTable>(), _services.GetRequiredService<CourtesyBook>());
        drops.Add(Host);
        Assert.True(courtesies.TryGrant(IpBlock.Of(Host), "mail 1"));
        Assert.False(courtesies.TryGrant(IpBlock.Of(Host), "mail 2"));
        var page = await PostAsync("192.0.2.9");
        Assert.Contains("192.0.2.9 is let in again", page, StringComparison.Ordinal);
        Assert.Empty(drops.Hosts());
        Assert.True(courtesies.TryGrant(IpBlock.Of(Host), "mail 3"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("<script>")]
    public async Task What_is_no_address_changes_nothing(string address)
    {
        var drops = _services.GetRequiredService<DropTable>();
        drops.Add(Host);
        var page = await PostAsync(address);
        Assert.Contains("is not an address", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>", page, StringComparison.Ordinal);
        Assert.Single(drops.Hosts());
        Assert.Contains("Unblock 192.0.2.9", page, StringComparison.Ordinal);
    }

    public void Dispose() => _services.Dispose();

    private async Task<string> PostAsync(string address)
    {
        await using var scope = _services.CreateAsyncScope();
        using var body = new MemoryStream();
        var http = new DefaultHttpContext { RequestServices = scope.ServiceProvider };
        http.Response.Body = body;
        var page = scope.ServiceProvider.GetRequiredService<PageContext>();
        page.Http = http;
        page.Form = new FormCollection(new Dictionary<string, StringValues> { ["address"] = address });
        await scope.ServiceProvider.GetRequiredService<GuardForms>().UnblockAsync(page);
        return System.Text.Encoding.UTF8.GetString(body.ToArray());
    }
}
