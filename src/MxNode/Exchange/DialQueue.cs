using System.Threading.Channels;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>Addresses that the core wants to connect to; the core bounds their number. Thread-safe.</summary>
internal sealed class DialQueue
{
    private readonly Channel<string> _addresses = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });

    public void Add(string address) => _addresses.Writer.TryWrite(address);

    public IAsyncEnumerable<string> ReadAllAsync(CancellationToken cancel) => _addresses.Reader.ReadAllAsync(cancel);
}
