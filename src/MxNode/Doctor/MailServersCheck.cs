using System.Runtime.CompilerServices;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Relay.Authentication;

namespace ThrottleNet.MxNode.Doctor;

/// <summary>The domain's real MX, as a relay meets them: addresses, port 25, TLS and certificate, and whether they learn who the sender is.</summary>
internal sealed class MailServersCheck(Viewpoint viewpoint, Live<RelayOptions> relay, ExchangeCalls calls, Vantage vantage) : IDomainCheck
{
    // A relay tries fewer.
    private const int MostHosts = 16;

    public string Group => "Mail servers, as a relay meets them";

    public async IAsyncEnumerable<Finding> RunAsync(DomainView view, [EnumeratorCancellation] CancellationToken cancel)
    {
        if (view.Hosts.Count == 0)
        {
            yield return Finding.Skip("servers", "there is no real MX to look at", "publish MX 10 with the name of the domain's mail server");
            yield break;
        }

        var isRelay = await vantage.IsRelayAsync(view, cancel);
        var servers = await Task.WhenAll(view.Hosts.Take(MostHosts).Select(host => CallAsync(host, cancel)));
        var usable = servers.Any(server => server.IsUsable);
        foreach (var finding in servers.SelectMany(server => Findings(server, usable, isRelay)))
        {
            yield return finding;
        }
    }

    private async Task<Server> CallAsync(MxHost host, CancellationToken cancel)
    {
        var facts = await calls.FindAsync(host, cancel);
        return new Server(host, facts, await calls.CallServersAsync(facts, cancel));
    }

    private IEnumerable<Finding> Findings(Server server, bool usable, bool isRelay)
    {
        Finding Grade(string check, string text, string advice) => usable ? Finding.Warn(check, text, advice) : Finding.Fail(check, text, advice);
        var name = server.Host.Name;
        if (server.Facts.Alias is { } alias)
        {
            yield return Finding.Warn("alias", $"{name} is an alias (CNAME) of {alias}, which an MX must not be (RFC 2181, section 10.3): some senders refuse it", $"publish {alias} as the MX");
        }

        switch (server.Facts)
        {
            case { Lookup: HopLookup.NoAddress, Exists: false }:
                yield return Grade("address", $"{name} does not exist in the DNS", "publish its address, or take its MX record out");
                break;
            case { Lookup: HopLookup.NoAddress }:
                yield return Grade("address", $"{name} has no address", "publish one, or take its MX record out");
                break;
            case { Lookup: HopLookup.DnsFailure }:
                yield return Grade("address", $"the addresses of {name} cannot be looked up: no name server answers", "check the name servers of its zone");
                break;
            case { Lookup: HopLookup.Forbidden }:
                yield return Grade(
                    "address",
                    $"{name} has only addresses that relays do not call, private ones or the relay's own: {string.Join(", ", server.Facts.Addresses.Select(r => r.Address))}",
                    "publish its public address");
                break;
        }

        foreach (var report in server.Reports)
        {
            if (report.Capabilities is null || report.Fault is not null)
            {
                yield return server.IsUsable || usable
                    ? Finding.Warn("port", $"{report.Name} {report.Fault}", "let it answer, or take the address out")
                    : Finding.Fail("port", $"{report.Name} {report.Fault}", "let it answer at port 25; if this machine may not call port 25 at all, check from another one");
                continue;
            }

            foreach (var finding in FindingsOf(report, isRelay))
            {
                yield return finding;
            }
        }
    }

    private IEnumerable<Finding> FindingsOf(ProbeReport report, bool isRelay)
    {
        yield return RelaysCheck.TlsProblem(report) is { } problem
            ? Finding.Warn("tls", problem, "relays pass mail on as other senders do, without TLS or without a valid certificate; give it a certificate for its name")
            : Finding.Pass("tls", $"{report.Name} answers on TLS with a certificate for {report.Tls!.NamesText}");
        if (report.Capabilities!.Size > viewpoint.MaxMessageSize)
        {
            yield return Finding.Warn("size", $"{report.Name} takes messages of {report.Capabilities.Size} octets, and this node takes {viewpoint.MaxMessageSize}: it refuses those between", "set Smtp:MaxMessageSize of the relays to the larger number");
        }

        yield return report.Capabilities.XclientAttributes.Contains("ADDR")
            ? Finding.Pass("xclient", $"{report.Name} learns the sender's address by XCLIENT, so its SPF and blocklist checks see the sender")
            : isRelay ? Finding.Warn(
                "xclient",
                $"{report.Name} does not offer XCLIENT to this relay, so SPF and blocklists there see the relay's address, and senders whose SPF ends in -all may bounce",
                $"let it take XCLIENT from the relays, or exempt them from SPF and blocklists; {Instead()}: docs/domain-owner.md")
            : Finding.Skip("xclient", $"{report.Name} does not offer XCLIENT to this machine, which is none of the relays", "ask a relay's operator to run this check, or see docs/domain-owner.md");
    }

    // What a server without XCLIENT may judge the sender by.
    private string Instead() => relay.Current.Authentication switch
    {
        AuthenticationMode.Off => "set Relay:Authentication of the relays to results or arc, so that it can judge by these",
        AuthenticationMode.Arc => "it can judge by the Authentication-Results and the ARC seal that the relays add",
        _ => "it can judge by the Authentication-Results that the relays add",
    };

    private sealed record Server(MxHost Host, HostFacts Facts, IReadOnlyList<ProbeReport> Reports)
    {
        public bool IsUsable => Reports.Any(report => report is { Capabilities: not null, Fault: null });
    }
}
