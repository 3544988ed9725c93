using System.Runtime.CompilerServices;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Doctor;

/// <summary>
/// The delegation of the magic name, where it is a zone of its own: name servers that answer and agree, and the records by which the zone above
/// leads to them.
/// </summary>
internal sealed class DelegationCheck(NetworkOptions network, IDnsResolver dns, ZoneServers servers, TimeProvider clock) : IDomainCheck
{
    private const string Operators = "tell the network's operators";

    // Seconds. Relays that serve the name give the time as its serial.
    private const long SerialSpread = 300;

    // Two serials that are both this close to the time are such.
    private const long SerialIsTime = 86_400;

    public string Group => "Magic name";

    public async IAsyncEnumerable<Finding> RunAsync(DomainView view, [EnumeratorCancellation] CancellationToken cancel)
    {
        var zones = view.Ours.Select(mx => network.Names.Where(name => DnsName.IsAtOrUnder(mx.Exchange, name)).MaxBy(name => name.Length)!).Distinct();
        foreach (var zone in zones)
        {
            var answer = await dns.QueryAsync(zone, DnsType.Ns, cancel);
            var names = answer.Records.OfType<NsRecord>().Select(ns => ns.Server).Distinct().Order(StringComparer.Ordinal).ToList();
            if (names.Count == 0)
            {
                yield return answer.Status == DnsStatus.Failure
                    ? Finding.Warn("delegation", $"the name servers of {zone} cannot be looked up: no name server answers", $"{Operators}, and check Dns:Servers")
                    : Finding.Pass("delegation", $"{zone} is a name in the zone above it, without a delegation");
                continue;
            }

            foreach (var finding in await ServerFindingsAsync(zone, names, cancel))
            {
                yield return finding;
            }

            foreach (var finding in await ParentFindingsAsync(zone, names, cancel))
            {
                yield return finding;
            }
        }
    }

    private async Task<IEnumerable<Finding>> ServerFindingsAsync(string zone, List<string> names, CancellationToken cancel)
    {
        var answers = await servers.AskAsync(names, new DnsQuestion(zone, DnsType.Soa), cancel);
        var good = answers.Where(a => SoaOf(a) is not null).ToList();
        var findings = new List<Finding>();
        findings.AddRange(names.Except(answers.Select(a => a.Server)).Select(name => Finding.Fail("ns", $"{name}, a name server of {zone}, has no address that can be called", Operators)));
        foreach (var bad in answers.Except(good))
        {
            var text = $"{bad.Name}, a name server of {zone}, {(bad.Message is null ? "does not answer" : $"does not answer for it ({bad.Message.ResponseCode}, not authoritative)")}";
            findings.Add(good.Count == 0 ? Finding.Fail("ns", text, Operators) : Finding.Warn("ns", text, Operators));
        }

        if (good.Count > 0 && findings.Count == 0)
        {
            findings.Add(Finding.Pass("ns", $"{zone} is served by {string.Join(", ", good.Select(a => a.Name))}"));
        }

        if (names.Count == 1)
        {
            findings.Add(Finding.Warn("ns", $"{zone} has one name server: when it stops, senders no longer find the relays", $"{Operators}: two or more nodes can serve the name"));
        }

        findings.AddRange(good.Skip(1).Where(a => !Agree(SoaOf(good[0])!, SoaOf(a)!)).Select(a => Finding.Warn(
            "soa", $"{a.Name} and {good[0].Name} serve different versions of {zone}: serials {SoaOf(a)!.Serial} and {SoaOf(good[0])!.Serial}, primary servers {SoaOf(a)!.PrimaryServer} and {SoaOf(good[0])!.PrimaryServer}", Operators)));
        return findings;
    }

    private async Task<IEnumerable<Finding>> ParentFindingsAsync(string zone, List<string> names, CancellationToken cancel)
    {
        if (await servers.FindParentAsync(zone, cancel) is not { } parent)
        {
            return [];
        }

        var answers = await servers.AskAsync(parent.Servers, new DnsQuestion(zone, DnsType.Ns), cancel);
        if (answers.FirstOrDefault(a => DelegationOf(a, zone).Count > 0) is not { } answer)
        {
            return [Finding.Warn("parent", $"no name server of {parent.Zone} says which servers {zone} has", Operators)];
        }

        var delegated = DelegationOf(answer, zone);
        var findings = new List<Finding>();
        if (!delegated.SequenceEqual(names))
        {
            findings.Add(Finding.Warn("parent", $"{parent.Zone} delegates {zone} to {string.Join(", ", delegated)}, and the zone itself names {string.Join(", ", names)}", $"{Operators}: both must be the same"));
        }

        // The servers of both zones may be the same: then there is no referral, and no glue is needed.
        var glue = answer.Message!.Additionals.OfType<AddressRecord>().Select(a => a.Name).ToHashSet();
        if (answer.Message.Answers.IsEmpty && delegated.Where(name => DnsName.IsAtOrUnder(name, zone) && !glue.Contains(name)).ToList() is { Count: > 0 } missing)
        {
            findings.Add(Finding.Fail("glue", $"{parent.Zone} has no address (glue) of {string.Join(", ", missing)}, so no resolver finds {zone}", $"{Operators}: they add the A and AAAA records of these servers to {parent.Zone}"));
        }

        return findings.Count > 0 ? findings : [Finding.Pass("parent", $"{parent.Zone} delegates {zone} to the same servers{(glue.Count > 0 ? ", with their addresses" : "")}")];
    }

    private static SoaRecord? SoaOf(ZoneServerAnswer answer) =>
        answer.Message is { ResponseCode: DnsResponseCode.NoError, IsAuthoritative: true } message ? message.Answers.OfType<SoaRecord>().FirstOrDefault() : null;

    private static List<string> DelegationOf(ZoneServerAnswer answer, string zone) => answer.Message is { } message
        ? [.. message.Answers.Concat(message.Authorities).OfType<NsRecord>().Where(ns => ns.Name == zone).Select(ns => ns.Server).Distinct().Order(StringComparer.Ordinal)]
        : [];

    private bool Agree(SoaRecord a, SoaRecord b)
    {
        var now = clock.GetUtcNow().ToUnixTimeSeconds();
        var areTimes = Math.Abs(a.Serial - now) < SerialIsTime && Math.Abs(b.Serial - now) < SerialIsTime;
        return areTimes ? Math.Abs((long)a.Serial - b.Serial) <= SerialSpread : a.Serial == b.Serial && a.PrimaryServer == b.PrimaryServer;
    }
}
