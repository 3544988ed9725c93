using ThrottleNet.MxNode.Relay;

namespace ThrottleNet.MxNode.Tests.Relay;

public sealed class RelayOptionsTests
{
    [Fact]
    public void The_defaults_are_valid()
    {
        Assert.Empty(new RelayOptions().Validate("Relay"));
        Assert.Empty(new NetworkOptions().Validate("Network"));
    }

    [Fact]
    public void Every_error_is_named_with_its_key_all_at_once()
    {
        var relay = new RelayOptions
        {
            Port = 0,
            Routes = new Dictionary<string, string> { ["Upper.test"] = "a:25", ["b.test"] = "nowhere" },
            ConnectTimeout = TimeSpan.Zero,
            MaxSessions = 0,
        };

        var errors = relay.Validate("Relay").ToList();

        Assert.Equal(5, errors.Count);
        Assert.Contains(errors, e => e.StartsWith("Relay:Port: 0 ", StringComparison.Ordinal));
        Assert.Contains(errors, e => e.StartsWith("Relay:Routes:Upper.test: ", StringComparison.Ordinal));
        Assert.Contains(errors, e => e.StartsWith("Relay:Routes:b.test: 'nowhere'", StringComparison.Ordinal));
        Assert.Contains(errors, e => e.StartsWith("Relay:ConnectTimeout: 00:00:00 ", StringComparison.Ordinal));
        Assert.Contains(errors, e => e.StartsWith("Relay:MaxSessions: 0 ", StringComparison.Ordinal));
    }

    [Fact]
    public void Names_of_the_network_are_canonical()
    {
        var network = new NetworkOptions { MagicLabel = "a.b", Names = ["good.test", "Bad.test", "dot.test."] };

        Assert.Equal(
            ["Network:MagicLabel", "Network:Names:1", "Network:Names:2"],
            network.Validate("Network").Select(e => e[..e.IndexOf(": ", StringComparison.Ordinal)]));
    }
}
