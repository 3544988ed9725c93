using System.Runtime.CompilerServices;

namespace ThrottleNet.MxNode.Doctor;

/// <summary>The relays behind the domain's magic MX, as a sender meets them: addresses, port 25, TLS and certificate, and a trial of the domain's postmaster.</summary>
internal sealed class RelaysCheck(ExchangeCalls calls) : IDomainCheck
{
    // Seconds: how long senders may still call the address of a relay that has stopped.
    private const uint LongTtl = 300;

    public string Group => "Relays, as a sender meets them";

    public async IAsyncEnumerable<Finding> RunAsync(DomainView view, [EnumeratorCancellation] CancellationToken cancel)
    {
        if (view.Ours.Count == 0)
        {
            yield return Finding.Skip("relays", "the domain names no relays of this network", "publish the magic MX, or check with --as-if NAME");
        }

        foreach (var magic in view.Ours.Select(mx => mx.Exchange).Distinct())
        {
            var facts = await calls.FindAsync(magic, cancel);
            foreach (var finding in AddressFindings(facts))
            {
                yield return finding;
            }

            await foreach (var finding in CallFindings(view, calls.CallRelays(view, facts, cancel)))
            {
                yield return finding;
            }
        }
    }

    private IEnumerable<Finding> AddressFindings(HostFacts facts)
    {
        const string Operators = "tell the network's operators";
        if (facts.Addresses.Count == 0)
        {
            yield return facts.IsComplete
                ? Finding.Fail("address", $"{facts.Name} has no address", $"{Operators}: they publish the relays' addresses")
                : Finding.Fail("address", $"the addresses of {facts.Name} cannot be looked up: no name server answers", $"{Operators}, and check Dns:Servers");
            yield break;
        }

        var hidden = facts.Addresses.Where(record => !calls.MayCall(record.Address)).ToList();
        if (hidden.Count > 0)
        {
            var text = $"{facts.Name} has addresses that no sender on the internet can call: {string.Join(", ", hidden.Select(r => r.Address))}";
            yield return hidden.Count == facts.Addresses.Count ? Finding.Fail("address", text, Operators) : Finding.Warn("address", text, Operators);
        }

        if (facts.Addresses.Max(r => r.Ttl) is > LongTtl and var ttl)
        {
            yield return Finding.Warn("ttl", $"caches keep the addresses of {facts.Name} for {ttl} s, and senders call a relay that has stopped for as long", $"{Operators}: a TTL of 30 to 300 s is usual");
        }
    }

    private static async IAsyncEnumerable<Finding> CallFindings(DomainView view, IReadOnlyList<Task<ProbeReport>> calls)
    {
        var dead = new List<ProbeReport>();
        foreach (var call in calls)
        {
            var report = await call;
            if (report.Capabilities is null)
            {
                dead.Add(report);
                continue;
            }

            var wrong = Problems(view, report).ToList();
            foreach (var finding in wrong)
            {
                yield return finding;
            }

            if (wrong.Count == 0)
            {
                yield return Finding.Pass("relay", $"{report.Name} answers{(report.Tls is { } tls ? $" on TLS with a certificate for {tls.NamesText}" : "")}{(report.Recipient is null ? "" : $", and takes mail for {view.Domain}")}");
            }
        }

        foreach (var report in dead)
        {
            var text = $"{report.Name} {report.Fault}";
            yield return dead.Count == calls.Count
                ? Finding.Fail("port", text, "no relay takes mail from this machine: see whether this machine may call port 25, then tell the network's operators")
                : Finding.Warn("port", text, "tell the network's operators; senders go on to the next relay");
        }
    }

    private static IEnumerable<Finding> Problems(DomainView view, ProbeReport report)
    {
        if (report.Recipient is { IsPermanent: true } refusal)
        {
            yield return Finding.Fail("trial", $"{report.Name} refuses postmaster@{view.Domain}: {refusal}", "mend what the text says; if the checks of this node pass, the relay's configuration differs: tell its operator");
        }
        else if (report.Recipient is { IsPositive: false } deferral)
        {
            yield return Finding.Warn("trial", $"{report.Name} defers postmaster@{view.Domain}: {deferral}", "if the text is about this machine's rate, check again later; else mend what it says");
        }
        else if (report.Fault is { } fault)
        {
            yield return Finding.Warn("port", $"{report.Name} {fault}", "tell the network's operators");
        }

        if (TlsProblem(report) is { } problem)
        {
            yield return Finding.Warn("tls", problem, "senders that demand TLS do not use this relay: tell its operator, above all if the domain has an MTA-STS policy or TLSA records");
        }
    }

    /// <summary>What a sender that demands a valid certificate holds against a server; null: nothing.</summary>
    public static string? TlsProblem(ProbeReport report) => report switch
    {
        { TlsFault: { } fault } => $"{report.Name} offers STARTTLS and {fault}",
        { OffersTls: false } => $"{report.Name} does not offer STARTTLS",
        { Tls: { Problem: { } problem } tls } => $"{report.Name}: its certificate ({tls.NamesText}) is not valid for {report.Host}: {problem}",
        _ => null,
    };
}
