using System.Text.Json;
using ThrottleNet.MxNode.Exchange;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>The links of all gateways of the cluster with other operators, so that any of its nodes answers for the whole.</summary>
/// <param name="calls">Calls the other nodes.</param>
/// <param name="neighbours">This node's own links; null for a node that is no gateway.</param>
internal sealed class GatewayReports(ShardCalls calls, ClusterLog log, Neighbours? neighbours = null)
{
    /// <summary>This node's own links, as JSON; null for a node that is no gateway.</summary>
    public async Task<byte[]?> OwnAsync() => neighbours is null ? null : JsonSerializer.SerializeToUtf8Bytes(await neighbours.DescribeAsync());

    /// <summary>The links of the other live gateways. A node that does not answer is left out.</summary>
    public async Task<IReadOnlyList<ExchangeReport>> OthersAsync()
    {
        if (calls.Silo is not { } silo)
        {
            return [];
        }

        var reports = await Task.WhenAll(silo.Nodes.Values.Where(address => !address.Equals(silo.Self)).Select(address => AskAsync(silo, address)));
        return [.. reports.OfType<ExchangeReport>().OrderBy(r => r.Name, StringComparer.Ordinal)];
    }

    private async Task<ExchangeReport?> AskAsync(SiloLink silo, SiloAddress address)
    {
        try
        {
            return await silo.Grains.GetGrain<INodeGrain>(address.ToParsableString()).DescribeLinksAsync() is { } octets
                ? JsonSerializer.Deserialize<ExchangeReport>(octets)
                : null;
        }
        catch (Exception e)
        {
            log.CallFailed(e, $"asking {address} for its links");
            return null;
        }
    }
}
