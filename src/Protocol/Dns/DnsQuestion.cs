namespace ThrottleNet.Protocol.Dns;

/// <summary>A question (RFC 1035, section 4.1.2).</summary>
/// <param name="Name">Canonical form: lower case, no trailing dot, the root is "".</param>
/// <param name="Type">The kind of records wanted.</param>
/// <param name="Class">1 is the Internet.</param>
public sealed record DnsQuestion(string Name, DnsType Type, ushort Class = DnsQuestion.Internet)
{
    public const ushort Internet = 1;
}
