using System.Runtime.CompilerServices;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.MxNode.TlsPolicy;
using ThrottleNet.Protocol.Dns;
using ThrottleNet.Protocol.MtaSts;

namespace ThrottleNet.MxNode.Doctor;

/// <summary>
/// The domain's MTA-STS policy (RFC 8461): senders that follow it use only mail exchangers that it lists and whose certificates are valid. So it must list
/// the magic MX, and the relays' certificates must fit.
/// </summary>
internal sealed class MtaStsCheck(IDnsResolver dns, MtaStsFetcher fetcher, ExchangeCalls calls) : IDomainCheck
{
    public string Group => "Policies";

    public async IAsyncEnumerable<Finding> RunAsync(DomainView view, [EnumeratorCancellation] CancellationToken cancel)
    {
        var answer = await dns.QueryAsync($"{MtaStsRecord.Label}.{view.Domain}", DnsType.Txt, cancel);
        if (answer.Status != DnsStatus.Success)
        {
            yield return answer.Status == DnsStatus.Failure
                ? Finding.Warn("mta-sts", $"the MTA-STS record of {view.Domain} cannot be looked up: no name server answers", "check the domain's name servers")
                : Finding.Pass("mta-sts", $"{view.Domain} has no MTA-STS policy");
            yield break;
        }

        if (MtaStsRecord.FindId(answer.Records.OfType<TxtRecord>().Select(record => record.Text)) is null)
        {
            yield return Finding.Warn("mta-sts", $"{MtaStsRecord.Label}.{view.Domain} is no valid MTA-STS record, so senders take no new policy", "publish exactly one such as: v=STSv1; id=20261128");
            yield break;
        }

        var fetch = await fetcher.FetchAsync(view.Domain, cancel);
        if (fetch.Policy is not { } policy)
        {
            yield return Finding.Warn("mta-sts", $"the MTA-STS policy of {view.Domain} cannot be fetched: {fetch.Fault}", $"let {MtaStsFetcher.AddressOf(view.Domain)} answer with a valid policy");
            yield break;
        }

        if (policy.Mode == MtaStsMode.None)
        {
            yield return Finding.Pass("mta-sts", "the MTA-STS policy has the mode none");
            yield break;
        }

        var any = false;
        await foreach (var finding in ExchangesAsync(view, policy, cancel))
        {
            any = true;
            yield return finding;
        }

        if (!any)
        {
            yield return Finding.Pass("mta-sts", $"the MTA-STS policy (mode {Word(policy)}) lists every MX, and their certificates fit");
        }
    }

    private async IAsyncEnumerable<Finding> ExchangesAsync(DomainView view, MtaStsPolicy policy, [EnumeratorCancellation] CancellationToken cancel)
    {
        foreach (var exchange in view.Ours.Concat(view.Real).Select(mx => mx.Exchange).Distinct())
        {
            var isMagic = view.Ours.Any(mx => mx.Exchange == exchange);
            var then = (policy.Mode == MtaStsMode.Testing ? "with the mode enforce, " : "") + (isMagic ? "senders that follow it pass the relays by" : "relays and other senders do not deliver there");
            if (!policy.Lists(exchange))
            {
                yield return Grade(policy, "mta-sts", $"the MTA-STS policy (mode {Word(policy)}, kept by senders for up to {Plural.Of(Math.Round(policy.MaxAge.TotalDays), "day")}) does not list {exchange}: {then}", $"add the line mx: {exchange} to the policy, change the id of its record, and wait for max_age before you publish the MX");
                continue;
            }

            foreach (var report in await calls.CallAsync(view, exchange, cancel))
            {
                if (report.Capabilities is not null && RelaysCheck.TlsProblem(report) is { } problem)
                {
                    yield return Grade(policy, "mta-sts-certificate", $"{problem}. The MTA-STS policy demands a valid one: {then}", isMagic ? "tell the network's operators: relays need a certificate of a public authority for the magic name" : $"give it a certificate of a public authority for {exchange}");
                }
            }
        }
    }

    private static Finding Grade(MtaStsPolicy policy, string check, string text, string advice) =>
        policy.Mode == MtaStsMode.Enforce ? Finding.Fail(check, text, advice) : Finding.Warn(check, text, advice);

    private static string Word(MtaStsPolicy policy) => policy.Mode.ToString().ToLowerInvariant();
}
