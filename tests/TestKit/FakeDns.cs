using System.Collections.Concurrent;
using System.Net;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.TestKit;

/// <summary>A DNS with the answers that the test sets. A name without records does not exist, unless <see cref="Otherwise"/> gives another answer.</summary>
internal sealed class FakeDns : IDnsResolver
{
    private readonly ConcurrentDictionary<(string Name, DnsType Type), DnsAnswer> _answers = new();
    private readonly ConcurrentDictionary<(string Name, DnsType Type), DnsAnswer> _fresh = new();

    /// <summary>Each question so far: "NAME TYPE".</summary>
    public ConcurrentQueue<string> Questions { get; } = new();

    /// <summary>The answer's status where there is no record.</summary>
    public DnsStatus Otherwise { get; set; } = DnsStatus.NameError;

    /// <summary>The DNS cannot be reached: each query fails.</summary>
    public bool IsSilent { get; set; }

    /// <summary>Which names are never answered; the query waits for its time limit. None by default.</summary>
    public Predicate<string> IsUnanswered { get; set; } = _ => false;

    /// <summary>Which names are in signed zones: the answers for them are secure. None by default.</summary>
    public Predicate<string> IsSigned { get; set; } = _ => false;

    /// <summary>No answer is given before this has completed.</summary>
    public Task Ready { get; set; } = Task.CompletedTask;

    /// <summary>Adds records to those that are there.</summary>
    public FakeDns With(params IEnumerable<DnsRecord> records)
    {
        foreach (var set in records.GroupBy(r => (r.Name, r.Type)))
        {
            _answers.AddOrUpdate(set.Key, _ => new DnsAnswer(DnsStatus.Success, [.. set]), (_, old) => new DnsAnswer(DnsStatus.Success, [.. old.Records, .. set]));
        }

        return this;
    }

    /// <summary>Removes all records.</summary>
    public FakeDns Clear()
    {
        _answers.Clear();
        return this;
    }

    /// <summary>Sets the MX records of a domain. Without any, the domain exists and has no MX.</summary>
    public FakeDns Mx(string domain, params (ushort Preference, string Exchange)[] exchanges)
    {
        _answers[(domain, DnsType.Mx)] = DnsAnswer.NoData;
        return With(exchanges.Select(mx => new MxRecord(domain, 60, mx.Preference, mx.Exchange)));
    }

    /// <summary>Adds addresses of a host.</summary>
    public FakeDns Host(string name, params string[] addresses) => With(addresses.Select(a => new AddressRecord(name, 60, IPAddress.Parse(a))));

    /// <summary>Adds an address of a host, and the name that its reverse lookup gives.</summary>
    /// <param name="reverse">The host's own name if null.</param>
    public FakeDns HostBothWays(string name, string address, string? reverse = null) => Host(name, address).Reverse(address, reverse ?? name);

    /// <summary>Adds a name that the reverse lookup of an address gives.</summary>
    public FakeDns Reverse(string address, string name) => With(new PtrRecord(ReverseName.Of(IPAddress.Parse(address)), 60, name));

    /// <summary>Makes a name an alias of another one, which has these addresses.</summary>
    public FakeDns Alias(string name, string target, params string[] addresses)
    {
        _answers[(name, DnsType.Cname)] = new DnsAnswer(DnsStatus.Success, [new CnameRecord(name, 60, target)]);
        _answers[(name, DnsType.A)] = new DnsAnswer(DnsStatus.Success, [.. addresses.Select(a => new AddressRecord(target, 60, IPAddress.Parse(a)))]);
        return Host(target, addresses);
    }

    /// <summary>Makes queries for a name and type fail.</summary>
    public FakeDns Fails(string name, DnsType type)
    {
        _answers[(name, type)] = DnsAnswer.Failure;
        return this;
    }

    /// <summary>Sets the MX records of a domain for queries that bypass the cache; the records of <see cref="Mx"/> are the cached answer.</summary>
    public FakeDns FreshMx(string domain, params (ushort Preference, string Exchange)[] exchanges)
    {
        _fresh[(domain, DnsType.Mx)] = new DnsAnswer(DnsStatus.Success, [.. exchanges.Select(mx => new MxRecord(domain, 60, mx.Preference, mx.Exchange))]);
        return this;
    }

    /// <summary>Makes fresh queries for a domain's MX fail.</summary>
    public FakeDns FreshMxFails(string domain)
    {
        _fresh[(domain, DnsType.Mx)] = DnsAnswer.Failure;
        return this;
    }

    public ValueTask<DnsAnswer> QueryFreshAsync(string name, DnsType type, CancellationToken cancel) =>
        _fresh.TryGetValue((name, type), out var answer) ? ValueTask.FromResult(answer) : QueryAsync(name, type, cancel);

    public async ValueTask<DnsAnswer> QueryAsync(string name, DnsType type, CancellationToken cancel)
    {
        Questions.Enqueue($"{name} {type}");
        await Ready.WaitAsync(cancel);
        if (IsUnanswered(name))
        {
            await new TaskCompletionSource().Task.WaitAsync(cancel);
        }

        if (IsSilent)
        {
            return DnsAnswer.Failure;
        }

        var answer = _answers.GetValueOrDefault((name, type), new DnsAnswer(Otherwise, []));
        return answer.Status != DnsStatus.Failure && IsSigned(name) && answer.Records.All(record => IsSigned(record.Name)) ? answer with { IsSecure = true } : answer;
    }
}
