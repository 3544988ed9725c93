using System.Net;
using FsCheck;
using FsCheck.Fluent;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting.Tests;

public sealed class KeyScramblerTests
{
    [Fact]
    public void A_scrambled_key_can_be_unscrambled() =>
        Prop.ForAll<ulong>(key =>
        {
            var scrambler = new KeyScrambler();
            return scrambler.Unscramble(scrambler.Scramble(key)) == key && scrambler.Scramble(scrambler.Unscramble(key)) == key;
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("64:ff9b::1")]
    [InlineData("ffff:ffff:ffff:ffff::")]
    public void No_address_scrambles_to_the_empty_key(string address)
    {
        for (var i = 0; i < 100; i++)
        {
            Assert.NotEqual(0ul, new KeyScrambler().Scramble(IpBlock.Of(IPAddress.Parse(address)).Key));
        }
    }

    [Fact]
    public void Neighbouring_addresses_scatter_evenly()
    {
        var scrambler = new KeyScrambler();
        var perPart = new int[256];
        for (uint i = 0; i < 1 << 16; i++)
        {
            var host = IpBlock.Of(new IPAddress([10, 0, (byte)(i >> 8), (byte)i]));
            perPart[scrambler.Scramble(host.Key) >> 56]++;
        }

        Assert.InRange(perPart.Min(), 1, 256);
        Assert.InRange(perPart.Max(), 256, 1024);
    }
}
