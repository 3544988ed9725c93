using System.Net;
using ThrottleNet.MxNode.Dns;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>Resolves the names of nodes to addresses. One caller at a time.</summary>
/// <param name="dns">Resolves the names.</param>
/// <param name="served">Zones that this network's nodes answer themselves: names in them are not looked up.</param>
/// <param name="time">The clock for the limit of a look-up.</param>
internal sealed class NodeNames(IDnsResolver dns, ServedZones served, TimeProvider time)
{
    /// <summary>The longest time for a look-up. A name without an answer by then keeps its last addresses.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private Dictionary<string, IReadOnlyList<IPAddress>> _resolved = [];

    /// <summary>The addresses found for a node's names.</summary>
    public IEnumerable<IPAddress> Of(SubjectAltNames node) => node.Names.SelectMany(name => _resolved.GetValueOrDefault(name) ?? []);

    /// <summary>Looks the names of these nodes up, and forgets all other names.</summary>
    public async Task ResolveAsync(IEnumerable<SubjectAltNames> nodes, CancellationToken stopping)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stopping);
        var names = nodes.SelectMany(node => node.Names).Where(name => !served.Hold(name)).Distinct();
        var found = await Task.WhenAll(names.Select(async name => (Name: name, Addresses: await ResolveAsync(name, cancel.Token))));
        _resolved = found.ToDictionary(pair => pair.Name, pair => pair.Addresses);
    }

    private async Task<IReadOnlyList<IPAddress>> ResolveAsync(string name, CancellationToken cancel)
    {
        try
        {
            var (addresses, isComplete) = await dns.FindAddressesAsync(name, cancel);
            if (isComplete)
            {
                return [.. addresses.Take(SubjectAltNames.Most)];
            }
        }
        catch (OperationCanceledException)
        {
            // The DNS was too slow this time.
        }

        return _resolved.GetValueOrDefault(name) ?? [];
    }
}
