using System.Net;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.Protocol.Dns;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.MxNode.Cli.Trust;

/// <summary>Checks a subject before an admin signs for it.</summary>
internal static class SubjectReview
{
    /// <summary>Warnings from the DNS about enrolling the subject; empty when there are none.</summary>
    public static async Task<IReadOnlyList<string>> CheckDnsAsync(TrustSubject subject, IDnsResolver dns, CancellationToken cancel)
    {
        if (subject.HostName is { } name)
        {
            return Describe(name, await new NameConfirmer(dns).ConfirmAsync(name, cancel));
        }

        var network = subject.Network!.Value;
        return network.PrefixLength == network.BaseAddress.GetAddressBytes().Length * 8
            ? await CheckAddressAsync(network.BaseAddress, dns, cancel)
            : [];
    }

    private static List<string> Describe(string name, NameConfirmation confirmation)
    {
        List<string> warnings = [];
        if (confirmation.Confirmed.Count == 0)
        {
            warnings.Add(confirmation.Unconfirmed.Count == 0
                ? $"{name} has no address, so nothing would be trusted"
                : $"no address of {name} has it as its reverse name, so nothing would be trusted");
        }
        else if (confirmation.Unconfirmed.Count > 0)
        {
            warnings.Add($"these addresses of {name} have another reverse name and would not be trusted: {string.Join(", ", confirmation.Unconfirmed)}");
        }

        if (!confirmation.Complete)
        {
            warnings.Add("the DNS did not answer everything");
        }

        warnings.AddRange(confirmation.Confirmed.Take(1).Where(address => PoolNames.IsPoolLike(name, address)).Select(_ => PoolWarning(name)));
        return warnings;
    }

    private static async Task<IReadOnlyList<string>> CheckAddressAsync(IPAddress address, IDnsResolver dns, CancellationToken cancel)
    {
        var reverse = await dns.QueryAsync(ReverseName.Of(address), DnsType.Ptr, cancel);
        var names = reverse.Records.OfType<PtrRecord>().Select(record => record.Target).ToList();
        if (names.Count == 0)
        {
            return [reverse.Status == DnsStatus.Failure ? $"the DNS did not give the name of {address}" : $"{address} has no reverse name"];
        }

        List<string> warnings = [];
        var type = address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? DnsType.A : DnsType.Aaaa;
        foreach (var name in names)
        {
            var forward = await dns.QueryAsync(name, type, cancel);
            if (!forward.Records.OfType<AddressRecord>().Any(record => record.Address.Equals(address)))
            {
                warnings.Add($"its reverse name {name} does not lead back to {address}");
            }

            if (PoolNames.IsPoolLike(name, address))
            {
                warnings.Add(PoolWarning(name));
            }
        }

        return warnings;
    }

    private static string PoolWarning(string name) => $"{name} looks like a name of a customer pool, whose addresses change hands";
}
