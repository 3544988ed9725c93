using System.Net;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.TrustList;
using ThrottleNet.TrustList.Folding;

namespace ThrottleNet.MxNode.Cli.Trust;

/// <summary>Builds the index once, for a command; the host names are resolved now.</summary>
internal static class TrustIndexer
{
    public static async Task<TrustIndex> BuildAsync(TrustContext context, CancellationToken cancel)
    {
        var list = context.Load().List;
        var confirmer = new NameConfirmer(context.Dns);
        var addresses = new Dictionary<string, IReadOnlyList<IPAddress>>();
        foreach (var name in list.HostNames)
        {
            addresses[name] = (await confirmer.ConfirmAsync(name, cancel)).Confirmed;
        }

        return ListIndex.Build(TrustServices.LocalEntries(context.Options), list, name => addresses.GetValueOrDefault(name) ?? []);
    }
}
