using System.Net;
using System.Runtime.CompilerServices;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Doctor;

/// <summary>The domain's MX records: which are magic, which are real, in which order senders try them, and how long caches keep them.</summary>
internal sealed class MxCheck(NetworkOptions network) : IDomainCheck
{
    // Seconds. A domain that leaves a failing network still loses time for as long as caches keep the old records.
    private const uint LongTtl = 4 * 3600;

    public string Group => "MX records";

    private string OurName => network.Names is [var name, ..] ? name : $"{network.MagicLabel}.example.net";

    public async IAsyncEnumerable<Finding> RunAsync(DomainView view, [EnumeratorCancellation] CancellationToken cancel)
    {
        await Task.CompletedTask;
        foreach (var finding in view.IsRouted ? [Routed(view)] : Unusable(view) is { } unusable ? [unusable] : Examine(view))
        {
            yield return finding;
        }
    }

    private static Finding Routed(DomainView view) => Finding.Warn(
        "route",
        $"Relay:Routes sends the domain's mail to {string.Join(", ", view.Hosts.Select(h => $"{h.Name}:{h.Port}"))}, whatever its MX records say",
        "take the route out of the configuration to have the MX records followed");

    private Finding? Unusable(DomainView view) => view.Answer.Status switch
    {
        DnsStatus.Failure => Finding.Fail("lookup", $"the MX records of {view.Domain} cannot be looked up: no name server answers", "check the domain's name servers, and Dns:Servers"),
        DnsStatus.NameError => Finding.Fail("lookup", $"{view.Domain} does not exist in the DNS", "check the spelling, and the delegation of the domain"),
        _ when view.Exchanges is [{ Exchange: "" }] => Finding.Fail("null-mx", "MX 0 . says that the domain takes no mail (RFC 7505)", $"replace it with the MX of the domain's mail server, and MX 0 {OurName}."),
        _ when view.Exchanges.Count == 0 => Finding.Fail(
            "lookup", $"{view.Domain} has no MX records, and the network takes mail only for domains that have", $"publish MX 10 with the name of its mail server, and MX 0 {OurName}."),
        _ => null,
    };

    private IEnumerable<Finding> Examine(DomainView view)
    {
        foreach (var mx in view.Exchanges)
        {
            yield return RecordOf(view, mx);
        }

        if (view.Found.Status == DestinationStatus.AliasedMagicMx)
        {
            yield return Finding.Fail(
                "alias", $"MX {view.Found.Alias} is an alias (CNAME) of this network's magic name, which an MX must not be (RFC 2181, section 10.3)", "publish the magic name itself as the MX");
        }
        else if (view.Ours.Count == 0)
        {
            yield return Finding.Fail("magic", "no MX names this network", $"publish MX 0 {OurName}. (to check everything else before that: --as-if {OurName})");
        }

        if (view.Real.Count == 0)
        {
            yield return Finding.Fail("real", $"{view.Domain} has no real MX, so relays have nowhere to pass its mail", "publish MX 10 with the name of its mail server");
        }

        if (view is { Ours: [var magic, ..], Real: [var best, ..] })
        {
            yield return OrderOf(magic, best);
        }

        if (view.Others is [var other, ..])
        {
            yield return Finding.Warn("networks", $"{other.Exchange} is the magic MX of another network, which does not share counts with this one", "keep one of the two");
        }

        yield return TtlOf(view);
    }

    private static Finding RecordOf(DomainView view, MxRecord mx)
    {
        var what = $"MX {mx.Preference} {(mx.Exchange.Length == 0 ? "." : mx.Exchange)}";
        return view.Ours.Contains(mx) ? Finding.Pass("record", $"{what}: the magic MX of this network")
            : view.Others.Contains(mx) ? Finding.Pass("record", $"{what}: the magic MX of another network")
            : IsLiteral(mx.Exchange) ? Finding.Warn("record", $"{what}: an address stands where a host's name belongs (RFC 1035, section 3.3.9), so no sender finds it", "publish the name of the mail server")
            : view.Real.Contains(mx) ? Finding.Pass("record", $"{what}: a real MX")
            : HostNames.IsCanonical(mx.Exchange) ? Finding.Warn("record", $"{what}: this node's own name (Node:HostName), so this node passes no mail to it", "name the mail server by another name, or set Node:HostName to the relay's own")
            : Finding.Warn("record", $"{what}: no host name, so relays and senders leave it out", "publish the name of the mail server");
    }

    private static bool IsLiteral(string exchange) => IPAddress.TryParse(exchange, out _);

    private static Finding OrderOf(MxRecord magic, MxRecord best) => magic.Preference switch
    {
        _ when magic.Preference < best.Preference => Finding.Pass("preference", "senders try the magic MX first"),
        _ when magic.Preference == best.Preference => Finding.Fail(
            "preference", $"the magic MX and {best.Exchange} have the same preference, {best.Preference}, so half of the mail bypasses the network", "give the magic MX a lower number than every real MX"),
        _ => Finding.Fail("preference", $"senders try {best.Exchange} ({best.Preference}) before the magic MX ({magic.Preference})", "give the magic MX a lower number than every real MX"),
    };

    private static Finding TtlOf(DomainView view)
    {
        var longest = view.Exchanges.Max(mx => mx.Ttl);
        return longest > LongTtl
            ? Finding.Warn("ttl", $"caches keep the MX records for {longest} s", "lower the TTL to 300 s, and wait as long as the old TTL was, before you publish or leave")
            : Finding.Pass("ttl", $"caches keep the MX records for at most {longest} s");
    }
}
