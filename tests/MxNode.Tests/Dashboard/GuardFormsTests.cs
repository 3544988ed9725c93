using System.Net;

namespace ThrottleNet.MxNode.Tests.Dashboard;

/// <summary>An operator lets a host in again. What that does is tested with <c>GuardDrops</c>.</summary>
public sealed class GuardFormsTests
{
    [Fact]
    public async Task A_host_is_unblocked_and_the_page_says_so()
    {
        await using var rig = await DashboardRig.StartAsync();
        using var answer = await DashboardRig.PostAsync(rig.Browser, "trust", "guard/unblock", ("address", "192.0.2.9"));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("192.0.2.9 is let in again", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("<script>")]
    public async Task What_is_no_address_changes_nothing(string address)
    {
        await using var rig = await DashboardRig.StartAsync();
        using var answer = await DashboardRig.PostAsync(rig.Browser, "trust", "guard/unblock", ("address", address));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        var page = await answer.Content.ReadAsStringAsync();
        Assert.Contains("is not an address", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>", page, StringComparison.Ordinal);
    }
}
