using System.Collections.Immutable;
using System.Net;
using System.Text;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.Protocol.Tests.Dns;

/// <summary>Valid messages of every kind, the same for the same seed, with few names, so that compression applies.</summary>
internal static class RandomMessages
{
    public static DnsMessage Make(int seed)
    {
        var random = new Random(seed);
        var names = Enumerable.Range(0, 4).Select(_ => Name(random)).ToArray();
        return new DnsMessage
        {
            Id = (ushort)random.Next(0x10000),
            IsResponse = random.Next(2) == 0,
            Opcode = (byte)random.Next(16),
            IsAuthoritative = random.Next(2) == 0,
            RecursionDesired = random.Next(2) == 0,
            RecursionAvailable = random.Next(2) == 0,
            IsAuthentic = random.Next(2) == 0,
            ResponseCode = (DnsResponseCode)random.Next(16),
            Questions = Many(random, 2, () => new DnsQuestion(Pick(random, names), (DnsType)random.Next(300), (ushort)random.Next(5))),
            Answers = Many(random, 6, () => Record(random, names)),
            Authorities = Many(random, 3, () => Record(random, names)),
            Additionals = Many(random, 3, () => Record(random, names)),
            Edns = random.Next(2) == 0 ? null : new DnsEdns((ushort)random.Next(0x10000), (byte)random.Next(256), random.Next(2) == 0),
        };
    }

    /// <summary>The message's octets, without truncation.</summary>
    public static byte[] Encode(DnsMessage message)
    {
        var buffer = new byte[DnsMessage.MaxLength];
        return buffer[..message.Write(buffer)];
    }

    private static DnsRecord Record(Random random, string[] names)
    {
        var owner = Pick(random, names);
        var ttl = (uint)random.NextInt64(1L << 32);
        return random.Next(11) switch
        {
            0 => new AddressRecord(owner, ttl, new IPAddress(Octets(random, 4))),
            1 => new AddressRecord(owner, ttl, new IPAddress(Octets(random, 16))),
            2 => new NsRecord(owner, ttl, Pick(random, names)),
            3 => new CnameRecord(owner, ttl, Pick(random, names)),
            4 => new PtrRecord(owner, ttl, Pick(random, names)),
            5 => new MxRecord(owner, ttl, (ushort)random.Next(0x10000), Pick(random, names)),
            6 => new TxtRecord(
                owner,
                ttl,
                [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Encoding.Latin1.GetString(Octets(random, random.Next(256))))]),
            7 => new SrvRecord(owner, ttl, (ushort)random.Next(0x10000), (ushort)random.Next(0x10000), 25, Pick(random, names)),
            8 => new SoaRecord(owner, ttl, Pick(random, names), Pick(random, names), (uint)random.Next(), 1, 2, uint.MaxValue, 3),
            9 => new TlsaRecord(owner, ttl, (TlsaUsage)random.Next(256), (TlsaSelector)random.Next(256), (TlsaMatching)random.Next(256), [.. Octets(random, random.Next(80))]),
            _ => new UnknownRecord(owner, (DnsType)random.Next(256, 0x10000), (ushort)random.Next(1, 300), ttl, [.. Octets(random, random.Next(40))]),
        };
    }

    private static string Name(Random random)
    {
        Span<char> text = stackalloc char[DnsName.MaxTextLength];
        var labels = new List<string>();
        for (var octets = 1; random.Next(5) > 0;)
        {
            var label = Octets(random, random.Next(8) == 0 ? DnsName.MaxLabelLength : random.Next(1, 9));
            octets += 1 + label.Length;
            if (octets > DnsName.MaxWireLength)
            {
                break;
            }

            labels.Add(new string(text[..DnsName.DecodeLabel(label, text)]));
        }

        return string.Join('.', labels);
    }

    private static byte[] Octets(Random random, int count)
    {
        var octets = new byte[count];
        random.NextBytes(octets);
        return octets;
    }

    private static string Pick(Random random, string[] names) =>
        random.Next(3) == 0 ? "mail." + Shortened(names[random.Next(names.Length)]) : names[random.Next(names.Length)];

    private static string Shortened(string name) => DnsName.IsValid("mail." + name) ? name : "example";

    private static ImmutableArray<T> Many<T>(Random random, int most, Func<T> make) =>
        [.. Enumerable.Range(0, random.Next(most + 1)).Select(_ => make())];
}
