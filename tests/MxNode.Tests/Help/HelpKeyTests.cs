using System.Net;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Configuration;

namespace ThrottleNet.MxNode.Tests.Help;

public sealed class HelpKeyTests
{
    private static readonly IpBlock Host = IpBlock.Of(IPAddress.Parse("192.0.2.7"));

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void A_proof_is_valid_for_its_host_for_a_week_and_with_its_key_only()
    {
        var key = Key(1);
        var proof = key.Prove(Host);
        Assert.Matches("^[0-9a-f]{16}$", proof);
        Assert.True(key.IsProof(Host, proof));
        Assert.False(key.IsProof(IpBlock.Of(IPAddress.Parse("192.0.2.8")), proof));
        Assert.False(key.IsProof(Host.Site, proof));
        Assert.False(Key(2).IsProof(Host, proof));
        _time.Advance(TimeSpan.FromDays(HelpKey.Days));
        Assert.True(key.IsProof(Host, proof));
        _time.Advance(TimeSpan.FromDays(1));
        Assert.False(key.IsProof(Host, proof));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("0000000000000000")]
    [InlineData("é")]
    public void Anything_else_is_no_proof(string text)
    {
        Assert.False(Key(1).IsProof(Host, text));
        Assert.False(Key(1).IsProof(Host, Key(1).Prove(Host).ToUpperInvariant() + text));
    }

    [Fact]
    public void All_addresses_of_an_IPv6_host_share_a_proof() => Assert.Equal(
        Key(1).Prove(IpBlock.Of(IPAddress.Parse("2001:db8::1"))), Key(1).Prove(IpBlock.Of(IPAddress.Parse("2001:db8::2"))));

    [Fact]
    public void A_link_carries_the_proof_behind_the_id()
    {
        var link = new HelpLink("https://help.example/?address={address}&id={id}", Key(1));
        Assert.Equal($"https://help.example/?address=192.0.2.7&id=3f2a-{Key(1).Prove(Host)}", link.For(IPAddress.Parse("192.0.2.7"), "3f2a"));
        Assert.Equal("https://help.example/?address=&id=3f2a", link.For(null, "3f2a"));
    }

    private HelpKey Key(byte secret) => new([.. Enumerable.Repeat(secret, HelpKey.Length)], _time);
}
