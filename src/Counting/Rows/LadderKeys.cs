using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting;

/// <summary>The scrambled keys of a host block and of the blocks around it.</summary>
internal readonly record struct LadderKeys(ulong Host, ulong Site, ulong Region, bool IsIPv4)
{
    public static LadderKeys Of(IpBlock host, KeyScrambler scrambler) =>
        new(scrambler.Scramble(host.Key), scrambler.Scramble(host.Site.Key), scrambler.Scramble(host.Region.Key), host.IsIPv4);
}
