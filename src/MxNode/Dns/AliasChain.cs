using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Dns;

/// <summary>Follows aliases from the asked name to its records, through one message or several (RFC 1034, section 3.6.2).</summary>
/// <param name="question">The question.</param>
/// <param name="trustsAd">The answer is secure if all its messages have the AD bit; false: it never is.</param>
internal sealed class AliasChain(DnsQuestion question, bool trustsAd = false)
{
    /// <summary>The longest chain of aliases. A longer one is a mistake; this ends loops too.</summary>
    public const int MaxAliases = 8;

    /// <summary>The longest time an answer is cached. RFC 8767, section 4, advises such a bound.</summary>
    private static TimeSpan MaxTtl => TimeSpan.FromDays(1);

    /// <summary>The longest time a negative answer is cached: an operator may add the missing record soon (RFC 2308, section 5).</summary>
    private static TimeSpan MaxNegativeTtl => TimeSpan.FromHours(1);

    /// <summary>How long a negative answer without SOA is cached. It states no time of its own, so the cache only absorbs immediate repeats.</summary>
    private static TimeSpan UnknownTtl => TimeSpan.FromSeconds(5);

    private int _aliases;
    private bool _isSecure = trustsAd;
    private TimeSpan _ttl = MaxTtl;

    /// <summary>The question to ask next.</summary>
    public DnsQuestion Next { get; private set; } = question;

    /// <summary>Takes the message that answers <see cref="Next"/>. Its response code is NoError or NameError.</summary>
    /// <returns>The answer and how long it may be cached; null when <see cref="Next"/> has to be asked first.</returns>
    public (DnsAnswer Answer, TimeSpan Ttl)? Take(DnsMessage message)
    {
        var asked = Next.Name;
        _isSecure &= message.IsAuthentic;
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

                return (new DnsAnswer(DnsStatus.Success, found) { IsSecure = _isSecure }, _ttl);
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

        // In a message with an alias, response code and SOA describe the end of the chain (RFC 2308, section 2.1).
        var soa = message.Authorities.OfType<SoaRecord>().FirstOrDefault();
        if (message.ResponseCode == DnsResponseCode.NoError && soa is null && Next.Name != asked)
        {
            return null;
        }

        var ttl = soa is null ? UnknownTtl : Min(Seconds(Math.Min(soa.Ttl, soa.Minimum)), MaxNegativeTtl);
        var answer = message.ResponseCode == DnsResponseCode.NameError ? DnsAnswer.NameError : DnsAnswer.NoData;
        return (_isSecure ? answer with { IsSecure = true } : answer, Min(ttl, _ttl));
    }

    private void Bound(DnsRecord record) => _ttl = Min(_ttl, Seconds(record.Ttl));

    /// <summary>A time to live whose highest bit is set counts as 0 (RFC 2181, section 8).</summary>
    private static TimeSpan Seconds(uint ttl) => TimeSpan.FromSeconds(ttl > int.MaxValue ? 0 : ttl);

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
