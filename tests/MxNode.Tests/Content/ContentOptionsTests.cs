using ThrottleNet.MxNode.Content;

namespace ThrottleNet.MxNode.Tests.Content;

public sealed class ContentOptionsTests
{
    [Theory]
    [InlineData("inet:127.0.0.1:11332", "127.0.0.1:11332")]
    [InlineData("inet:[::1]:8891", "[::1]:8891")]
    [InlineData("inet:filters.example.net:25", "Unspecified/filters.example.net:25")]
    [InlineData("unix:/run/x.sock", "/run/x.sock")]
    public void An_address_is_read(string text, string expected)
    {
        Assert.True(FilterAddress.TryParse(text, out var address));
        Assert.Equal((text, expected), (address.Text, address.EndPoint.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("127.0.0.1:11332")]
    [InlineData("inet:127.0.0.1")]
    [InlineData("inet::11332")]
    [InlineData("inet:127.0.0.1:")]
    [InlineData("inet:127.0.0.1:0")]
    [InlineData("inet:127.0.0.1:65536")]
    [InlineData("inet:::1:8891")]
    [InlineData("inet:[127.0.0.1]:8891")]
    [InlineData("inet:a b:25")]
    [InlineData("unix:")]
    [InlineData("unix:run/x.sock")]
    [InlineData("local:/run/x.sock")]
    public void A_malformed_address_is_one_error_with_an_example(string text)
    {
        var errors = new ContentOptions { Milters = [text] }.Validate("Content").ToList();
        Assert.Contains("inet:127.0.0.1:11332", Assert.Single(errors), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_error_is_named()
    {
        var errors = new ContentOptions { Timeout = TimeSpan.Zero, OnFailure = "reject", MaxConnections = 0 }.Validate("Content");
        Assert.Equal(["Content:Timeout", "Content:OnFailure", "Content:MaxConnections"], errors.Select(e => string.Join(':', e.Split(':')[..2])));
        Assert.Empty(new ContentOptions().Validate("Content"));
    }
}
