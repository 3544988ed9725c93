using Microsoft.Extensions.Logging.Abstractions;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Tests.Dns;

/// <summary>A resolver with a fake clock.</summary>
internal sealed class ResolverFixture : IAsyncDisposable
{
    private readonly DnsResolver _resolver;

    public ResolverFixture(params IReadOnlyList<string> servers)
        : this(new DnsOptions { Servers = servers })
    {
    }

    public ResolverFixture(DnsOptions options)
    {
        Options = options;
        _resolver = new DnsResolver(options, Clock, NullLogger<DnsResolver>.Instance);
    }

    public DnsOptions Options { get; }

    public FakeTimeProvider Clock { get; } = new();

    public async Task<DnsAnswer> AskAsync(string name, DnsType type, CancellationToken cancel = default) =>
        await _resolver.QueryAsync(name, type, cancel).AsTask().WaitAsync(TimeSpan.FromSeconds(60), CancellationToken.None);

    public ValueTask DisposeAsync() => _resolver.DisposeAsync();
}
