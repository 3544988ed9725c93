using System.Text.Json;
using ThrottleNet.MxNode.Exchange;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>The links of all gateways of the cluster with other operators, so that any of its nodes answers for the whole.</summary>
/// <param name="calls">Asks the other nodes.</param>
/// <param name="neighbours">This node's own links; null for a node that is no gateway.</param>
internal sealed class GatewayReports(NodeCalls calls, Neighbours? neighbours = null)
{
    /// <summary>This node's own links, as JSON; null for a node that is no gateway.</summary>
    public async Task<byte[]?> OwnAsync() => neighbours is null ? null : JsonSerializer.SerializeToUtf8Bytes(await neighbours.DescribeAsync());

    /// <summary>The links of the other live gateways, and the nodes that did not answer.</summary>
    public async Task<(IReadOnlyList<ExchangeReport> Gateways, IReadOnlyList<string> Silent)> OthersAsync()
    {
        var (answers, silent) = await calls.AskOthersAsync(
            async node => await node.DescribeLinksAsync() is { } links ? JsonSerializer.Deserialize<ExchangeReport>(links) : null, "its links");
        return ([.. answers.Select(a => a.Answer).OfType<ExchangeReport>()], silent);
    }
}
