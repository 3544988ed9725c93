using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using ThrottleNet.Protocol.Blocks;
using ThrottleNet.Protocol.Counts;

namespace ThrottleNet.Protocol.Tests.Counts;

/// <summary>
/// The wire format cannot change unnoticed: contents and their octets, as they were first released. A file line is
/// "attempts | bad recipients | octets", where a count is address=quarters.
/// </summary>
public sealed class GoldenTests
{
    [Theory]
    [MemberData(nameof(Lines))]
    public void A_body_has_the_octets_it_always_had(string line)
    {
        var parts = line.Split('|', StringSplitOptions.TrimEntries);
        var counts = BatchCounts.Of(Entries(parts[0]), Entries(parts[1]));

        Assert.Equal(parts[2], Convert.ToHexStringLower(BatchBody.Encode(counts)));
        Assert.True(BatchBody.TryDecode(Convert.FromHexString(parts[2]), out var decoded));
        Assert.Equal(counts, decoded);
    }

    [Fact]
    public void An_announce_id_is_what_it_always_was() =>
        Assert.Equal(9685067986101507982ul, new BatchKey(new OriginId(0x0001020304050607, 0x08090a0b0c0d0e0f), 3, 7).ToAnnounceId());

    public static TheoryData<string> Lines() =>
        [.. File.ReadAllLines(Path.Combine(Folder(), "bodies.golden")).Where(l => l.Length > 0 && l[0] != '#')];

    private static IEnumerable<CountEntry> Entries(string text) =>
        from pair in text.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        let halves = pair.Split('=')
        select new CountEntry(IpBlock.Of(IPAddress.Parse(halves[0])).Key, uint.Parse(halves[1], CultureInfo.InvariantCulture));

    private static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
