using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Dns;

/// <summary>Follows aliases from the asked name to its records, through one message or several (RFC 1034, section 3.6.2).</summary>
internal sealed class AliasChain(DnsQuestion question)
{
    /// <summary>Longer chains are mistakes; a loop ends here too.</summary>
    public const int MaxAliases = 8;

    /// <summary>Longer times are mistakes (RFC 8767, section 4, advises a bound of this kind).</summary>
    private static TimeSpan MaxTtl => TimeSpan.FromDays(1);

    /// <summary>That there is nothing may change soon: the operator who forgot a record adds it (RFC 2308, section 5).</summary>
    private static TimeSpan MaxNegativeTtl => TimeSpan.FromHours(1);

    /// <summary>Without SOA nothing says how long, so it is kept only to take the edge off repeats.</summary>
    private static TimeSpan UnknownTtl => TimeSpan.FromSeconds(5);

    private int _aliases;
    private TimeSpan _ttl = MaxTtl;

    /// <summary>What to ask next.</summary>
    public DnsQuestion Next { get; private set; } = question;

    /// <summary>Takes the message that answers <see cref="Next"/>, of code NoError or NameError.</summary>
    /// <returns>The answer and how long it holds; null when <see cref="Next"/> is to be asked first.</returns>
    public (DnsAnswer Answer, TimeSpan Ttl)? Take(DnsMessage message)
    {
        var asked = Next.Name;
        while (true)
        {
            var found = message.Answers.RemoveAll(record =>
                record.Type != Next.Type || record.Name != Next.Name || record is UnknownRecord { Class: not DnsQuestion.Internet });
            if (!found.IsEmpty)
            {
                foreach (var record in found)
                {
                    Bound(record);
                }

                return (new DnsAnswer(DnsStatus.Success, found), _ttl);
            }

            if (message.Answers.OfType<CnameRecord>().FirstOrDefault(record => record.Name == Next.Name) is not { } alias)
            {
                break;
            }

            if (++_aliases > MaxAliases)
            {
                return (DnsAnswer.Failure, UnknownTtl);
            }

            Bound(alias);
            Next = Next with { Name = alias.Target };
        }

        // With an alias, the code and SOA are about the end of the chain (RFC 2308, section 2.1).
        var soa = message.Authorities.OfType<SoaRecord>().FirstOrDefault();
        if (message.ResponseCode == DnsResponseCode.NoError && soa is null && Next.Name != asked)
        {
            return null;
        }

        var ttl = soa is null ? UnknownTtl : Min(Seconds(Math.Min(soa.Ttl, soa.Minimum)), MaxNegativeTtl);
        return (message.ResponseCode == DnsResponseCode.NameError ? DnsAnswer.NameError : DnsAnswer.NoData, Min(ttl, _ttl));
    }

    private void Bound(DnsRecord record) => _ttl = Min(_ttl, Seconds(record.Ttl));

    /// <summary>With the highest bit set it counts as 0 (RFC 2181, section 8).</summary>
    private static TimeSpan Seconds(uint ttl) => TimeSpan.FromSeconds(ttl > int.MaxValue ? 0 : ttl);

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
