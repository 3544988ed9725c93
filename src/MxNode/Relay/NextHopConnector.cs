using System.Net;
using ThrottleNet.MxNode.Configuration;

namespace ThrottleNet.MxNode.Relay;

/// <summary>Finds a session for a transaction: host by host in order of preference, address by address, kept or fresh.</summary>
internal sealed class NextHopConnector(
    Live<RelayOptions> options, HopAddresses addresses, NextHopDialer dialer, NextHopPool pool, HopHistory history, TimeProvider clock)
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
                return new ConnectOutcome(session, null);
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            search.Failures.AddTimeout(request.Destination.Hosts[0]);
        }

        return search.IsLacking
            ? new ConnectOutcome(null, search.Failures.Transient) { IsLacking = true }
            : new ConnectOutcome(null, search.Failures.ToReply());
    }

    // Addresses that were silent lately come behind all others.
    private async ValueTask<NextHopSession?> TryHostsAsync(SessionSearch search)
    {
        var hosts = search.Request.Destination.Hosts;
        var silent = new List<(MxHost Host, IPEndPoint EndPoint)>();
        for (var i = 0; i < hosts.Length && search.Addresses < options.Current.MaxAddresses; i++)
        {
            var (lookup, endPoints) = await addresses.FindAsync(hosts[i], search.Cancel);
            search.Failures.Add(hosts[i], lookup);
            for (var j = 0; j < endPoints.Count && search.Addresses < options.Current.MaxAddresses; j++)
            {
                search.Addresses++;
                if (history.Memory.IsSilent(endPoints[j]))
                {
                    silent.Add((hosts[i], endPoints[j]));
                    continue;
                }

                var isLast = silent.Count == 0 && i == hosts.Length - 1 && (j == endPoints.Count - 1 || search.Addresses == options.Current.MaxAddresses);
                if (await TryAsync(search, hosts[i], endPoints[j], isLast) is { } session)
                {
                    return session;
                }
            }
        }

        for (var i = 0; i < silent.Count; i++)
        {
            if (await TryAsync(search, silent[i].Host, silent[i].EndPoint, isLast: i == silent.Count - 1) is { } session)
            {
                return session;
            }
        }

        return null;
    }

    private async ValueTask<NextHopSession?> TryAsync(SessionSearch search, MxHost host, IPEndPoint endPoint, bool isLast)
    {
        while (true)
        {
            if (await pool.EnterAsync(endPoint, search.Request.Client, search.Request.IsComplete, search.Cancel) is not { } place)
            {
                search.Failures.AddBusy(NextHopDialer.Name(host, endPoint));
                return null;
            }

            var (session, again) = await TryEnteredAsync(search, host, place, isLast);
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

    private async ValueTask<(NextHopSession? Session, bool Again)> TryEnteredAsync(SessionSearch search, MxHost host, HopPlace place, bool isLast)
    {
        var entered = true;
        try
        {
            var session = search.Request.IsFresh ? null : await TakeKeptAsync(place.EndPoint, search.Request.Client, search.Cancel);

            // For the last address there is nothing better to do than to wait, for as long as the client does.
            session ??= await dialer.OpenAsync(host, place.EndPoint, search.Request.Client, isLast ? options.Current.SessionTimeout : options.Current.HelloTimeout, search.Cancel);
            session.MayChunk = !history.Memory.FailsAtChunking(place.EndPoint);
            session.Place = place;
            entered = false;
            return (session, false);
        }
        catch (NextHopException e)
        {
            return (null, Fail(search, host, place, e));
        }
        finally
        {
            if (entered)
            {
                pool.Leave(place);
            }
        }
    }

    // True when it is worth waiting for a session that the next hop has already given.
    private bool Fail(SessionSearch search, MxHost host, HopPlace place, NextHopException e)
    {
        var name = NextHopDialer.Name(host, place.EndPoint);
        var failure = search.Cancel.IsCancellationRequested ? new NextHopException(NextHopFault.TimedOut, "no session in time", e) : e;
        if (IsTooMany(failure) && pool.Lower(place.EndPoint) is { } sessions)
        {
            history.Limited(name, sessions);
            return true;
        }

        if (failure is { Fault: NextHopFault.Refused, Reply: { IsPermanent: true } reply })
        {
            history.Names.Note(host.Name, place.EndPoint.Address, "greeting", reply);
        }

        history.NoSession(name, failure);
        search.Failures.Add(name, failure);
        return false;
    }

    // RFC 5321, section 3.8: 421 closes; a server that counts connections says it at its greeting, says another 4xx, or hangs up.
    private static bool IsTooMany(NextHopException failure) => failure switch
    {
        { Fault: NextHopFault.HungUp } => true,
        { Fault: NextHopFault.Refused, Reply: { IsTransient: true } } => true,
        _ => false,
    };

    private async ValueTask<NextHopSession?> TakeKeptAsync(IPEndPoint endPoint, ClientFacts client, CancellationToken cancel)
    {
        while (pool.Idle.Take(endPoint, client) is { } session)
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

        /// <summary>A host gave a session and lacks what is wanted.</summary>
        public bool IsLacking { get; set; }
    }
}
