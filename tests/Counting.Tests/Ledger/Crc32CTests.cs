
namespace ThrottleNet.Counting.Tests;

public sealed class Crc32CTests
{
    [Fact]
    public void Agrees_with_the_examples_of_rfc_3720()
    {
        Assert.Equal(0x8a91_36aau, Of(new byte[32]));
        Assert.Equal(0x62a8_ab43u, Of([.. Enumerable.Repeat((byte)0xff, 32)]));
        Assert.Equal(0x46dd_794eu, Of([.. Enumerable.Range(0, 32).Select(i => (byte)i)]));
    }

    private static uint Of(byte[] octets)
    {
        var crc = new Crc32C();
        crc.Append(octets.AsSpan(0, 8));
        crc.Append(octets.AsSpan(8));
        return crc.Value;
    }
}
