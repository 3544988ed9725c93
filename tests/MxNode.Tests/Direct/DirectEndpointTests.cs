using System.Net;
using ThrottleNet.MxNode.Tests.Guard;

namespace ThrottleNet.MxNode.Tests.Direct;

public sealed class DirectEndpointTests
{
    [Fact]
    public async Task Requests_come_one_after_the_other_on_a_connection()
    {
        await using var node = await StartAsync();
        using var postfix = await GuardNode.ConnectAsync(node.Host.Direct[0]);
        await postfix.SendAsync("8:direct *,9:direct a@,");
        Assert.Equal("9:NOTFOUND ,", await postfix.ReadAsync(","));
        Assert.Equal("9:NOTFOUND ,", await postfix.ReadAsync(","));
        foreach (var octet in "3:x y,")
        {
            await postfix.SendAsync(octet.ToString());
        }

        Assert.Equal("9:NOTFOUND ,", await postfix.ReadAsync(","));
    }

    [Fact]
    public async Task A_client_that_ends_its_side_after_the_request_is_answered_first()
    {
        await using var node = await StartAsync();
        for (var i = 0; i < 20; i++)
        {
            using var exim = await GuardNode.ConnectAsync(node.Host.Direct[0]);
            await exim.SendAsync("8:direct *,");
            exim.EndSending();
            Assert.Equal("9:NOTFOUND ,", await exim.ReadAsync(","));
            Assert.Null(await exim.ReadAsync(","));
        }
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("5:direct *,")]
    [InlineData("999999:")]
    public async Task A_request_that_is_not_a_netstring_ends_the_connection(string octets)
    {
        await using var node = await StartAsync();
        using var postfix = await GuardNode.ConnectAsync(node.Host.Direct[0]);
        await postfix.SendAsync(octets);
        Assert.Null(await postfix.ReadAsync(","));
        using var next = await GuardNode.ConnectAsync(node.Host.Direct[0]);
        await next.SendAsync("8:direct *,");
        Assert.Equal("9:NOTFOUND ,", await next.ReadAsync(","));
    }

    private static Task<GuardNode> StartAsync() => GuardNode.StartAsync(c => c with
    {
        Smtp = new() { Listen = [] },
        Direct = new() { Listen = [new(IPAddress.Loopback, 0)] },
    });
}
