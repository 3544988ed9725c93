namespace ThrottleNet.Protocol.Dns;

/// <summary>
/// Upper and lower case of the question's name on the wire ("0x20", draft-vixie-dnsext-dns0x20). Names compare without case, but
/// nearly every server copies the question as it came: a forger then has to guess one more bit for each letter.
/// </summary>
public static class QuestionCase
{
    /// <summary>Flips letters of the question's name.</summary>
    /// <param name="query">A message as <see cref="DnsMessage.Write"/> wrote it, with one question.</param>
    /// <param name="random">At least <see cref="DnsName.MaxWireLength"/> octets; the lowest bit of each decides about one octet of the name.</param>
    public static void Mix(Span<byte> query, ReadOnlySpan<byte> random)
    {
        var name = query[DnsReader.HeaderLength..];
        for (var label = 0; name[label] != 0; label += 1 + name[label])
        {
            for (var at = label + 1; at <= label + name[label]; at++)
            {
                if (char.IsAsciiLetter((char)name[at]) && (random[at] & 1) != 0)
                {
                    name[at] ^= 0x20;
                }
            }
        }
    }

    /// <summary>Whether an answer spells the question's name exactly as the query did.</summary>
    /// <param name="query">The query's octets; they have one question.</param>
    /// <param name="answer">The answer's octets, of any length.</param>
    public static bool IsSame(ReadOnlySpan<byte> query, ReadOnlySpan<byte> answer)
    {
        var end = DnsReader.HeaderLength;
        while (query[end] != 0)
        {
            end += 1 + query[end];
        }

        return answer.Length > end && answer[DnsReader.HeaderLength..end].SequenceEqual(query[DnsReader.HeaderLength..end]);
    }
}
