using System.Net;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Hosting;

namespace ThrottleNet.MxNode.Tests.Exchange;

public sealed class ExchangeOptionsTests : IDisposable
{
    private readonly TestPki _pki = new();
    private readonly (string Certificate, string Key) _files;

    public ExchangeOptionsTests() => _files = _pki.Issue("a", "acme");

    private ExchangeOptions Right => new()
    {
        Listen = new(IPAddress.Loopback, 8026),
        Address = "a.example.net:8026",
        Peers = ["b.example.net:8026", "[2001:db8::1]:8026"],
        Discover = "_throttlenet._tcp.example.net",
        Certificate = _files.Certificate,
        Key = _files.Key,
        Authority = _pki.Authority,
    };

    public void Dispose() => _pki.Dispose();

    [Fact]
    public void The_defaults_are_valid_and_the_exchange_is_off()
    {
        Assert.Empty(new ExchangeOptions().Validate("Exchange"));
        Assert.False(new ExchangeOptions().IsOn);
    }

    [Fact]
    public void Correct_settings_are_accepted() => Assert.Empty(Right.Validate("Exchange"));

    [Fact]
    public void A_hold_shorter_than_the_batch_interval_is_an_error_if_there_are_peers()
    {
        var node = new NodeConfiguration
        {
            Throttle = new() { Hold = TimeSpan.FromSeconds(1) },
            Exchange = Right with { BatchInterval = TimeSpan.FromSeconds(2) },
        };
        Assert.Equal(
            "Throttle:Hold: 00:00:01 is shorter than Exchange:BatchInterval (00:00:02), so attempts would be judged before any other node heard of them; set Hold to BatchInterval and two seconds, or lower BatchInterval",
            Assert.Single(node.Validate()));
        Assert.Empty((node with { Throttle = new() { Hold = TimeSpan.FromSeconds(2) } }).Validate());
        Assert.Empty((node with { Exchange = new() }).Validate());
    }

    [Fact]
    public void An_exchange_needs_all_three_files()
    {
        var errors = new ExchangeOptions { Peers = ["b.example.net:8026"] }.Validate("Exchange").ToList();
        Assert.Equal(3, errors.Count);
        Assert.All(errors, e => Assert.Contains("pki command", e, StringComparison.Ordinal));
    }

    [Fact]
    public void A_certificate_of_another_network_is_an_error()
    {
        using var other = new TestPki();
        Assert.StartsWith(
            $"Exchange:Certificate, Key or Authority: {_files.Certificate}: ", Assert.Single((Right with { Authority = other.Authority }).Validate("Exchange")), StringComparison.Ordinal);
    }

    public static TheoryData<string, string> Wrong => new()
    {
        { "Address", "Exchange:Address: \"nobody\"" },
        { "Peers", "Exchange:Peers:1: \"b.example.net\"" },
        { "Discover", "Exchange:Discover: \"not a name\"" },
        { "Port", "Exchange:Discover: nodes.example.net leads to addresses without a port" },
        { "Key", "Exchange:Key: /nowhere does not exist" },
        { "BatchInterval", "Exchange:BatchInterval: 00:00:00.0500000 is out of range" },
        { "Faulty", "Exchange:Faulty: -1 is out of range" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Each_wrong_setting_is_reported_with_a_correct_value(string what, string expected)
    {
        var options = what switch
        {
            "Address" => Right with { Address = "nobody" },
            "Peers" => Right with { Peers = ["c.example.net:1", "b.example.net"] },
            "Discover" => Right with { Discover = "not a name" },
            "Port" => Right with { Discover = "nodes.example.net", Listen = null },
            "Key" => Right with { Key = "/nowhere" },
            "BatchInterval" => Right with { BatchInterval = TimeSpan.FromMilliseconds(50) },
            _ => Right with { Faulty = -1 },
        };
        Assert.StartsWith(expected, Assert.Single(options.Validate("Exchange")), StringComparison.Ordinal);
    }
}
