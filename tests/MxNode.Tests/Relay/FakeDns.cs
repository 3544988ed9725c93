using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Tests.Relay;

/// <summary>A DNS that knows what a test tells it. A name nobody told it of does not exist.</summary>
internal sealed class FakeDns : IDnsResolver
{
    private readonly ConcurrentDictionary<(string, DnsType), DnsAnswer> _answers = new();
    private readonly ConcurrentDictionary<(string, DnsType), DnsAnswer> _fresh = new();

    public ConcurrentQueue<string> Questions { get; } = new();

    public FakeDns Mx(string domain, params (ushort Preference, string Exchange)[] exchanges)
    {
        _answers[(domain, DnsType.Mx)] = exchanges.Length == 0
            ? DnsAnswer.NoData
            : new DnsAnswer(DnsStatus.Success, [.. exchanges.Select(mx => new MxRecord(domain, 60, mx.Preference, mx.Exchange))]);
        return this;
    }

    /// <summary>What the DNS says when it is asked afresh.</summary>
    public FakeDns Fresh(string domain, params (ushort Preference, string Exchange)[] exchanges)
    {
        _fresh[(domain, DnsType.Mx)] = new DnsAnswer(DnsStatus.Success, [.. exchanges.Select(mx => new MxRecord(domain, 60, mx.Preference, mx.Exchange))]);
        return this;
    }

    public FakeDns FreshFails(string domain)
    {
        _fresh[(domain, DnsType.Mx)] = DnsAnswer.Failure;
        return this;
    }

    public FakeDns Alias(string name, string target)
    {
        _answers[(name, DnsType.Cname)] = new DnsAnswer(DnsStatus.Success, [new CnameRecord(name, 60, target)]);
        return this;
    }

    public FakeDns Host(string name, params string[] addresses)
    {
        foreach (var family in addresses.Select(IPAddress.Parse).GroupBy(address => address.AddressFamily))
        {
            var type = family.Key == AddressFamily.InterNetwork ? DnsType.A : DnsType.Aaaa;
            _answers[(name, type)] = new DnsAnswer(DnsStatus.Success, [.. family.Select(a => new AddressRecord(name, 60, a))]);
        }

        return this;
    }

    public FakeDns Fails(string name, DnsType type)
    {
        _answers[(name, type)] = DnsAnswer.Failure;
        return this;
    }

    public ValueTask<DnsAnswer> QueryFreshAsync(string name, DnsType type, CancellationToken cancel) =>
        _fresh.TryGetValue((name, type), out var answer) ? ValueTask.FromResult(answer) : QueryAsync(name, type, cancel);

    public ValueTask<DnsAnswer> QueryAsync(string name, DnsType type, CancellationToken cancel)
    {
        Questions.Enqueue($"{name} {type}");
        return ValueTask.FromResult(_answers.GetValueOrDefault((name, type), DnsAnswer.NameError));
    }
}
