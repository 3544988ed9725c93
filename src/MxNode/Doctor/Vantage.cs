using System.Net;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Relay;

namespace ThrottleNet.MxNode.Doctor;

/// <summary>Tells whether this machine is one of the relays: mail servers treat relays otherwise than unknown hosts.</summary>
internal sealed class Vantage(Viewpoint viewpoint, Live<RelayOptions> relay, ExchangeCalls calls)
{
    public async Task<bool> IsRelayAsync(DomainView view, CancellationToken cancel)
    {
        if (viewpoint.Certificate is not null)
        {
            return true;
        }

        var own = viewpoint.Addresses().Concat(relay.Current.SourceAddresses).Select(MappedAddress.Unmapped).ToHashSet();
        return (await RelaysAsync(view, cancel)).Any(own.Contains);
    }

    /// <summary>The addresses of the relays behind the domain's magic MX.</summary>
    public async Task<IReadOnlyList<IPAddress>> RelaysAsync(DomainView view, CancellationToken cancel)
    {
        var facts = await Task.WhenAll(view.Ours.Select(mx => mx.Exchange).Distinct().Select(magic => calls.FindAsync(magic, cancel)));
        return [.. facts.SelectMany(f => f.Addresses).Select(record => record.Address.Unmapped()).Distinct()];
    }
}
