using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using ThrottleNet.Counting.Batches;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting.Tests;

/// <summary>
/// Contents and their octets as first released, so that a change of the wire format is noticed. A line of the file is
/// "attempts | bad recipients | octets", where a count is address=quarters.
/// </summary>
public sealed class BodyGoldenTests
{
    [Theory]
    [MemberData(nameof(Lines))]
    public void A_body_has_the_octets_of_the_golden_file(string line)
    {
        var parts = line.Split('|', StringSplitOptions.TrimEntries);
        var counts = BatchCounts.Of(Entries(parts[0]), Entries(parts[1]));

        Assert.Equal(parts[2], Convert.ToHexStringLower(BatchBody.Encode(counts)));
        Assert.True(BatchBody.TryDecode(Convert.FromHexString(parts[2]), out var decoded));
        Assert.Equal(counts, decoded);
    }

    public static TheoryData<string> Lines() =>
        [.. File.ReadAllLines(Path.Combine(Folder(), "bodies.golden")).Where(l => l.Length > 0 && l[0] != '#')];

    private static IEnumerable<CountEntry> Entries(string text) =>
        from pair in text.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        let halves = pair.Split('=')
        select new CountEntry(IpBlock.Of(IPAddress.Parse(halves[0])).Key, uint.Parse(halves[1], CultureInfo.InvariantCulture));

    private static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
