using ThrottleNet.MxNode.Dns;
using ThrottleNet.Protocol.Authentication;
using ThrottleNet.Protocol.Dns;
using ThrottleNet.Protocol.Smtp;
using ThrottleNet.Protocol.Spf;

namespace ThrottleNet.MxNode.Relay.Authentication;

/// <summary>SPF (RFC 7208) for a client and its envelope, with the node's resolver.</summary>
internal static class SpfMethod
{
    /// <summary>The method's name in Authentication-Results.</summary>
    public const string Name = "spf";

    // RFC 7208, section 4.6.4: at least 20 seconds. No message waits so long; a late answer is in the cache for the next one.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <summary>Runs the check: for the domain of the reverse-path; for the HELO name where that is null (RFC 7208, section 2.4).</summary>
    public static async Task<SpfResult> RunAsync(ClientFacts client, Mailbox? sender, IDnsResolver dns, TimeProvider clock)
    {
        using var limit = new CancellationTokenSource(Limit, clock);
        try
        {
            var domain = sender?.Domain ?? HeloDomain(client);
            return await new SpfCheck(client.Address, sender?.LocalPart ?? "", domain, client.Helo, Lookup(dns)).RunAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            return SpfResult.TempError;
        }
    }

    /// <summary>The result as it stands in Authentication-Results (RFC 8601, section 2.7.2).</summary>
    public static MethodResult Describe(SpfResult result, ClientFacts client, Mailbox? sender) => new(Name, result.ToString().ToLowerInvariant())
    {
        Properties = sender is null ? [("smtp.helo", HeloDomain(client))] : [("smtp.mailfrom", sender.Domain)],
    };

    /// <summary>Asks the node's resolver for an SPF check.</summary>
    public static SpfLookup Lookup(IDnsResolver dns) => async (name, type, cancel) =>
    {
        var answer = await dns.QueryAsync(name, type, cancel);
        return answer.Status == DnsStatus.Failure ? null : answer.Records;
    };

    private static string HeloDomain(ClientFacts client) => DnsName.Canonical(client.Helo);
}
