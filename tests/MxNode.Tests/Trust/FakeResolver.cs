using System.Net;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Tests.Trust;

/// <summary>A DNS that knows what it was told.</summary>
internal sealed class FakeResolver : IDnsResolver
{
    private readonly List<DnsRecord> _records = [];

    /// <summary>Whether the DNS is out of reach.</summary>
    public bool IsSilent { get; set; }

    /// <summary>No answer comes before this.</summary>
    public Task Answers { get; set; } = Task.CompletedTask;

    public FakeResolver Host(string name, string address, string? reverse = null)
    {
        _records.Add(new AddressRecord(name, 60, IPAddress.Parse(address)));
        return Reverse(address, reverse ?? name);
    }

    public FakeResolver Reverse(string address, string name)
    {
        _records.Add(new PtrRecord(ReverseName.Of(IPAddress.Parse(address)), 60, name));
        return this;
    }

    public async ValueTask<DnsAnswer> QueryAsync(string name, DnsType type, CancellationToken cancel)
    {
        await Answers;
        var records = _records.Where(record => record.Name == name && record.Type == type).ToArray();
        return IsSilent ? DnsAnswer.Failure
            : records.Length > 0 ? new DnsAnswer(DnsStatus.Success, [.. records])
            : DnsAnswer.NameError;
    }
}
