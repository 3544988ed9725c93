using System.Net;
using ThrottleNet.TrustList;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.Benchmarks.Trust;

/// <summary>Entries like those of a large list: mostly single hosts, some networks.</summary>
internal static class TrustSamples
{
    public static TrustEntry Entry(Random random, bool ipv6, bool clumped)
    {
        var octets = new byte[ipv6 ? 16 : 4];
        random.NextBytes(octets);
        if (clumped)
        {
            // All are in a few hundred sites.
            octets[1] = (byte)(octets[1] & 0x11);
            octets[2] = (byte)(octets[2] & 0x33);
        }

        if (ipv6)
        {
            // Global unicast. Registries have allocated the lower part of it only (2001::/16 to 2a0f::/16).
            octets[0] = (byte)(0x20 | random.Next(0xb));
            octets.AsSpan(8).Clear();
            return new TrustEntry { Network = new IPNetwork(new IPAddress(octets), 64) };
        }

        var prefix = random.Next(10) == 0 ? 24 : 32;
        octets[3] = prefix == 24 ? (byte)0 : octets[3];
        return new TrustEntry { Network = new IPNetwork(new IPAddress(octets), prefix) };
    }

    public static string Author(int number) => new((char)('a' + number), AuthorKey.IdLength);

    /// <summary>Statements of two roots: mostly enrolments, some renewals and denials of what was enrolled.</summary>
    public static IEnumerable<Statement> Statements(Random random, DateTimeOffset start, int count)
    {
        var subjects = new List<TrustSubject>(count);
        var seqs = new long[2];
        for (var i = 0; i < count; i++)
        {
            var again = subjects.Count > 0 && random.Next(10) == 0;
            var subject = again ? subjects[random.Next(subjects.Count)] : new TrustSubject(Entry(random, random.Next(4) == 0, clumped: false).Network);
            if (!again)
            {
                subjects.Add(subject);
            }

            var author = random.Next(2);
            var denies = again && random.Next(2) == 0;
            yield return new Statement
            {
                Author = Author(author),
                Seq = ++seqs[author],
                Issued = start.AddMilliseconds(i / 1000 * 1000),
                Action = denies ? TrustAction.Revoke : again ? TrustAction.Renew : TrustAction.Enrol,
                Subject = subject,
                Kind = denies ? null : TrustKind.ListHost,
                Organisation = denies ? "" : "Example e.V.",
                Contact = denies ? "" : "postmaster@example.org",
                Expires = denies ? null : start.AddYears(1),
                Reason = denies ? "closed" : "",
            };
        }
    }
}
