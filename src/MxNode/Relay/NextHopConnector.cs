using System.Net;
using ThrottleNet.MxNode.Configuration;

namespace ThrottleNet.MxNode.Relay;

/// <summary>Finds a session for a transaction: host by host in order of preference, address by address, kept or fresh.</summary>
internal sealed class NextHopConnector(
    Live<RelayOptions> options, HopLookups lookups, NextHopDialer dialer, NextHopPool pool, HopHistory history, TimeProvider clock)
{
    /// <summary>Where sessions go back to.</summary>
    public NextHopPool Pool => pool;

    /// <summary>What was learned of next hops.</summary>
    public HopHistory History => history;

    /// <summary>Which refusals were about this relay.</summary>
    public NameRefusals Names => history.Names;

    /// <summary>A session that stands before MAIL and counts as in use until it is returned to the pool or discarded.</summary>
    /// <param name="request">What is wanted.</param>
    /// <param name="cancel">The client has given up.</param>
    public async ValueTask<ConnectOutcome> ConnectAsync(ConnectRequest request, CancellationToken cancel)
    {
        using var limit = new CancellationTokenSource(options.Current.SessionTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancel);
        var search = new SessionSearch(request, either.Token);
        try
        {
            if (await TryHostsAsync(search) is { } session)
            {
                return Reached(session);
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            search.Failures.AddTimeout(request.Destination.Hosts[0]);
        }

        return search.IsLacking
            ? new ConnectOutcome(null, search.Failures.Transient) { IsLacking = true, Tls = search.Tls }
            : new ConnectOutcome(null, search.Failures.ToReply()) { Tls = search.Tls };
    }

    /// <summary>Whether a session also has the TLS that is demanded for mail to further domains.</summary>
    /// <param name="session">The session.</param>
    /// <param name="request">Names the domains.</param>
    /// <param name="cancel">The client has given up.</param>
    public async ValueTask<bool> SatisfiesAsync(NextHopSession session, ConnectRequest request, CancellationToken cancel) =>
        session.Satisfies(await lookups.DemandAsync(session.Host, request, cancel));

    private ConnectOutcome Reached(NextHopSession session)
    {
        var report = new TlsReport(session.Demand.Word, session.Tls?.Word ?? "plain");
        history.TlsReached(report);
        if (session.Demand.IsTested)
        {
            history.TestedPolicy(session, session.Demand);
        }

        return new ConnectOutcome(session, null) { Tls = report };
    }

    // Addresses that were silent lately come behind all others.
    private async ValueTask<NextHopSession?> TryHostsAsync(SessionSearch search)
    {
        var hosts = search.Request.Destination.Hosts;
        var silent = new List<HopTarget>();
        for (var i = 0; i < hosts.Length && search.Addresses < options.Current.MaxAddresses; i++)
        {
            // The lookups of the policy go on beside those of the addresses, and beside the connection.
            var demand = lookups.DemandAsync(hosts[i], search.Request, search.Cancel);
            var (lookup, endPoints) = await lookups.FindAsync(hosts[i], search.Cancel);
            search.Failures.Add(hosts[i], lookup);
            for (var j = 0; j < endPoints.Count && search.Addresses < options.Current.MaxAddresses; j++)
            {
                search.Addresses++;
                var target = new HopTarget(hosts[i], endPoints[j], demand);
                if (history.Memory.IsSilent(target.EndPoint))
                {
                    silent.Add(target);
                    continue;
                }

                var isLast = silent.Count == 0 && i == hosts.Length - 1 && (j == endPoints.Count - 1 || search.Addresses == options.Current.MaxAddresses);
                if (await TryAsync(search, target, isLast) is { } session)
                {
                    return session;
                }
            }
        }

        for (var i = 0; i < silent.Count; i++)
        {
            if (await TryAsync(search, silent[i], isLast: i == silent.Count - 1) is { } session)
            {
                return session;
            }
        }

        return null;
    }

    private async ValueTask<NextHopSession?> TryAsync(SessionSearch search, HopTarget target, bool isLast)
    {
        while (true)
        {
            if (await pool.EnterAsync(target.EndPoint, search.Request.Client, search.Request.IsComplete, search.Cancel) is not { } place)
            {
                search.Failures.AddBusy(target.Name);
                return null;
            }

            var (session, again) = await TryEnteredAsync(search, target, place, isLast);
            if (session is not null && search.Request.Wanted is { } wanted && !wanted(session.Capabilities))
            {
                search.IsLacking = true;
                pool.Return(session);
                return null;
            }

            if (session is not null || !again)
            {
                search.Cancel.ThrowIfCancellationRequested();
                return session;
            }
        }
    }

    private async ValueTask<(NextHopSession? Session, bool Again)> TryEnteredAsync(SessionSearch search, HopTarget target, HopPlace place, bool isLast)
    {
        var entered = true;
        try
        {
            var session = search.Request.IsFresh ? null : await TakeKeptAsync(target, search.Request.Client, search.Cancel);

            if (session is null)
            {
                await pool.MakeRoomAsync(target.EndPoint, search.Cancel);
            }

            // For the last address there is nothing better to do than to wait, for as long as the client does.
            session ??= await dialer.OpenAsync(target, search.Request.Client, isLast ? options.Current.SessionTimeout : options.Current.HelloTimeout, search.Cancel);
            session.MayChunk = !history.Memory.FailsAtChunking(place.EndPoint);
            session.Place = place;
            session.Demand = await target.Tls;
            entered = false;
            return (session, false);
        }
        catch (NextHopException e)
        {
            return (null, Fail(search, target, e));
        }
        finally
        {
            if (entered)
            {
                pool.Leave(place);
            }
        }
    }

    // True if the next hop takes no further session but has others with this relay: then it is worth waiting for one of those.
    private bool Fail(SessionSearch search, HopTarget target, NextHopException e)
    {
        var failure = search.Cancel.IsCancellationRequested ? new NextHopException(NextHopFault.TimedOut, "no session in time", e) : e;
        if (IsTooMany(failure) && pool.Lower(target.EndPoint) is { } sessions)
        {
            history.Limited(target.Name, sessions);
            return true;
        }

        if (failure is { Fault: NextHopFault.Refused, Reply: { IsPermanent: true } reply })
        {
            history.Names.Note(target.Host.Name, target.EndPoint.Address, "greeting", reply);
        }

        if (failure.Fault is NextHopFault.TlsMissing or NextHopFault.TlsUntrusted or NextHopFault.PolicyUnknown)
        {
            search.Tls = new TlsReport(target.Tls.Result.Word, "none");
            history.TlsReached(search.Tls);
        }

        history.NoSession(target, failure);
        search.Failures.Add(target.Name, failure);
        return false;
    }

    // RFC 5321, section 3.8: 421 closes; a server that counts connections says it at its greeting, says another 4xx, or hangs up.
    private static bool IsTooMany(NextHopException failure) => failure switch
    {
        { Fault: NextHopFault.HungUp } => true,
        { Fault: NextHopFault.Refused, Reply: { IsTransient: true } } => true,
        _ => false,
    };

    private async ValueTask<NextHopSession?> TakeKeptAsync(HopTarget target, ClientFacts client, CancellationToken cancel)
    {
        if (!pool.Idle.Has(target.EndPoint))
        {
            return null;
        }

        var demand = await target.Tls;
        NextHopTls.ThrowIfRefused(demand);
        while (pool.Idle.Take(target, client, demand) is { } session)
        {
            var reason = "it has closed";
            if (!session.HasInput)
            {
                try
                {
                    using var abort = session.AbortOn(cancel);
                    await dialer.IntroduceAsync(session, client);
                    if (pool.Idle.IsWorthKeeping(session))
                    {
                        return session;
                    }

                    reason = "it is old";
                }
                catch (NextHopException e)
                {
                    reason = e.Reason;
                }
            }

            history.Stale(session.Name, reason);
            await session.DisposeAsync();
            cancel.ThrowIfCancellationRequested();
        }

        return null;
    }

    private sealed class SessionSearch(ConnectRequest request, CancellationToken cancel)
    {
        public ConnectRequest Request => request;

        public CancellationToken Cancel => cancel;

        public ConnectFailures Failures { get; } = new();

        /// <summary>Addresses tried, or put behind the others.</summary>
        public int Addresses { get; set; }

        /// <summary>What a policy has demanded of the last host that does not satisfy it.</summary>
        public TlsReport Tls { get; set; } = TlsReport.None;

        /// <summary>A host gave a session and lacks what is wanted.</summary>
        public bool IsLacking { get; set; }
    }
}
