using System.Net;
using ThrottleNet.TrustList;

namespace ThrottleNet.Benchmarks.Trust;

/// <summary>Entries as a large list would hold them: mostly single hosts, some networks.</summary>
internal static class TrustSamples
{
    public static TrustEntry Entry(Random random, bool ipv6, bool clumped)
    {
        var octets = new byte[ipv6 ? 16 : 4];
        random.NextBytes(octets);
        if (clumped)
        {
            // A few hundred sites hold them all.
            octets[1] = (byte)(octets[1] & 0x11);
            octets[2] = (byte)(octets[2] & 0x33);
        }

        if (ipv6)
        {
            // Global unicast, of which registries have given out the lower part only (2001::/16 to 2a0f::/16).
            octets[0] = (byte)(0x20 | random.Next(0xb));
            octets.AsSpan(8).Clear();
            return new TrustEntry { Network = new IPNetwork(new IPAddress(octets), 64) };
        }

        var prefix = random.Next(10) == 0 ? 24 : 32;
        octets[3] = prefix == 24 ? (byte)0 : octets[3];
        return new TrustEntry { Network = new IPNetwork(new IPAddress(octets), prefix) };
    }
}
