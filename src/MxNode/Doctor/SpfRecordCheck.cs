using System.Runtime.CompilerServices;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.Protocol.Dns;
using ThrottleNet.Protocol.Spf;

namespace ThrottleNet.MxNode.Doctor;

/// <summary>
/// Whether the domain's own SPF record allows the relays to send as the domain, as the mechanism <c>mx</c> does once the magic MX is published:
/// forged mail that a relay passes on would then pass SPF.
/// </summary>
internal sealed class SpfRecordCheck(Vantage vantage, IDnsResolver dns) : IDomainCheck
{
    private const int MostRelays = 4;

    public string Group => "Policies";

    public async IAsyncEnumerable<Finding> RunAsync(DomainView view, [EnumeratorCancellation] CancellationToken cancel)
    {
        foreach (var relay in (await vantage.RelaysAsync(view, cancel)).Take(MostRelays))
        {
            var result = await new SpfCheck(relay, "postmaster", view.Domain, view.Domain, AskAsync).RunAsync(cancel);
            yield return result switch
            {
                SpfResult.Pass => Finding.Warn(
                    "spf", $"the domain's SPF record allows the relay {relay} to send as {view.Domain}, so forged mail that comes through the network passes SPF", "in the record, replace mx with the real MX: a:mail.example.com"),
                SpfResult.TempError => Finding.Warn("spf", $"the SPF record of {view.Domain} cannot be looked up: no name server answers", "check the domain's name servers"),
                SpfResult.PermError => Finding.Warn("spf", $"the SPF record of {view.Domain} is in error", "mend it: receivers may refuse the domain's own mail"),
                SpfResult.None => Finding.Pass("spf", $"{view.Domain} has no SPF record, so none allows the relays"),
                _ => Finding.Pass("spf", $"the domain's SPF record does not allow the relay {relay} to send as {view.Domain}"),
            };
            if (result is SpfResult.None or SpfResult.PermError or SpfResult.TempError)
            {
                yield break;
            }
        }
    }

    private async ValueTask<IReadOnlyList<DnsRecord>?> AskAsync(string name, DnsType type, CancellationToken cancel)
    {
        var answer = await dns.QueryAsync(name, type, cancel);
        return answer.Status == DnsStatus.Failure ? null : answer.Records;
    }
}
