using System.Collections.Frozen;
using System.Collections.Immutable;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Dns;

/// <summary>A small zone in memory, without wildcards or delegations; <see cref="Answer"/> is a handler for <see cref="DnsListener"/>.</summary>
internal sealed class StaticZone
{
    private const uint DefaultTtl = 60;

    private readonly string _origin;
    private readonly SoaRecord _soa;
    private readonly FrozenDictionary<string, ImmutableArray<DnsRecord>> _records;

    /// <param name="origin">The zone's name; "" makes it the root zone, which answers for every name.</param>
    /// <param name="records">The zone's records. A SOA record is added when there is none.</param>
    /// <exception cref="ArgumentException">A record lies outside the zone.</exception>
    public StaticZone(string origin, params IEnumerable<DnsRecord> records)
    {
        _origin = origin;
        var names = new Dictionary<string, List<DnsRecord>> { [origin] = [] };
        foreach (var record in records)
        {
            if (!IsWithin(record.Name))
            {
                throw new ArgumentException($"'{record.Name}' is not in the zone '{origin}'", nameof(records));
            }

            // The names between the record's and the origin exist too, without data (RFC 8020).
            for (var name = record.Name; name != origin; name = Parent(name))
            {
                names.TryAdd(name, []);
            }

            names[record.Name].Add(record);
        }

        _soa = names[origin].OfType<SoaRecord>().FirstOrDefault()
            ?? new SoaRecord(origin, DefaultTtl, Child("ns"), Child("hostmaster"), 1, 3600, 600, 86400, DefaultTtl);
        if (!names[origin].Contains(_soa))
        {
            names[origin].Add(_soa);
        }

        _records = names.ToFrozenDictionary(pair => pair.Key, pair => pair.Value.ToImmutableArray());
    }

    /// <summary>The authoritative answer; aliases within the zone are followed. A question about a name outside the zone is refused.</summary>
    public DnsMessage Answer(DnsMessage query)
    {
        var question = query.Questions[0];
        if (question.Class != DnsQuestion.Internet || !IsWithin(question.Name))
        {
            return query.Reply(DnsResponseCode.Refused);
        }

        var answers = ImmutableArray.CreateBuilder<DnsRecord>();
        var name = question.Name;
        while (_records.TryGetValue(name, out var here))
        {
            var found = here.Where(record => record.Type == question.Type || question.Type == DnsType.Any).ToList();
            answers.AddRange(found);
            if (found.Count > 0 || here.OfType<CnameRecord>().FirstOrDefault() is not { } alias)
            {
                return Reply(DnsResponseCode.NoError, negative: found.Count == 0);
            }

            answers.Add(alias);
            name = alias.Target;
            if (!IsWithin(name) || answers.Count > AliasChain.MaxAliases)
            {
                return Reply(DnsResponseCode.NoError, negative: false);
            }
        }

        return Reply(DnsResponseCode.NameError, negative: true);

        DnsMessage Reply(DnsResponseCode code, bool negative) => query.Reply(code) with
        {
            IsAuthoritative = true,
            Answers = answers.ToImmutable(),
            Authorities = negative ? [_soa with { Ttl = Math.Min(_soa.Ttl, _soa.Minimum) }] : [],
        };
    }

    private bool IsWithin(string name) =>
        _origin.Length == 0 || name == _origin || (name.EndsWith(_origin, StringComparison.Ordinal) && name[^(_origin.Length + 1)] == '.');

    private string Child(string label) => _origin.Length == 0 ? label : $"{label}.{_origin}";

    private static string Parent(string name) => name.IndexOf('.', StringComparison.Ordinal) is var dot and >= 0 ? name[(dot + 1)..] : "";
}
