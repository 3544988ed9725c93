using ThrottleNet.MxNode.TlsPolicy;

namespace ThrottleNet.MxNode.Relay;

/// <summary>Brings a session to the TLS that is demanded of it, or that the next hop offers.</summary>
internal sealed class NextHopTls(OwnIdentity self, TrustAnchors anchors, HopHistory history, TimeProvider clock)
{
    /// <summary>Goes over to TLS if the next hop offers it, and checks that the session satisfies the demand.</summary>
    /// <param name="session">Stands after EHLO.</param>
    /// <param name="demand">What it must have.</param>
    /// <param name="tryTls">False: nothing but a demand makes the session go over to TLS.</param>
    /// <exception cref="NextHopException">
    /// <see cref="NextHopFault.TlsFailed"/>: it offers TLS and fails at it. <see cref="NextHopFault.TlsMissing"/> or <see cref="NextHopFault.TlsUntrusted"/>:
    /// it does not satisfy the demand.
    /// </exception>
    public async ValueTask SecureAsync(NextHopSession session, TlsDemand demand, bool tryTls)
    {
        ThrowIfRefused(demand);
        try
        {
            if ((tryTls || demand.NeedsTls) && session.Capabilities.StartTls)
            {
                await StartAsync(session, demand);
            }
        }
        catch (NextHopException e) when (demand.NeedsTls)
        {
            throw new NextHopException(NextHopFault.TlsMissing, $"TLS failed ({e.Reason}), and {Policy(demand)} demands it", e);
        }

        if (demand.NeedsTls && session.Tls is null)
        {
            throw new NextHopException(NextHopFault.TlsMissing, $"it does not offer TLS, and {Policy(demand)} demands it");
        }

        if (!session.Satisfies(demand))
        {
            throw new NextHopException(
                NextHopFault.TlsUntrusted,
                demand.Kind == TlsDemandKind.Dane ? "its certificate matches none of its TLSA records (DANE)" : $"its certificate is not valid ({session.Tls!.CertificateProblem}), and the domain's MTA-STS policy demands that it is");
        }
    }

    /// <summary>Fails where a mail exchanger may not be used at all.</summary>
    /// <exception cref="NextHopException">It may not.</exception>
    public static void ThrowIfRefused(TlsDemand demand)
    {
        if (demand.Kind == TlsDemandKind.Refused)
        {
            throw new NextHopException(demand.IsDnsFault ? NextHopFault.PolicyUnknown : NextHopFault.TlsUntrusted, demand.Fault!);
        }
    }

    private static string Policy(TlsDemand demand) => demand.Kind == TlsDemandKind.Trusted ? "the domain's MTA-STS policy" : "DANE";

    // A next hop that closes the connection, is silent, or refuses the second EHLO has failed at TLS: it is called again without, unless TLS is
    // demanded.
    private async ValueTask StartAsync(NextHopSession session, TlsDemand demand)
    {
        try
        {
            if (!(await session.CommandAsync("STARTTLS")).IsPositive)
            {
                return;
            }

            if (await session.StartTlsAsync(new TlsHandshake(session.Host.Name, demand, anchors, clock)))
            {
                history.PlaintextInjected(session.Name);
            }

            await session.HelloAsync(self.HostName);
        }
        catch (NextHopException e) when (e.Fault is NextHopFault.HungUp or NextHopFault.TimedOut or NextHopFault.Garbage or NextHopFault.Refused)
        {
            throw new NextHopException(NextHopFault.TlsFailed, e.Reason, e);
        }

        history.TlsStarted(session);
    }
}
