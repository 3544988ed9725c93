using System.Net;

namespace ThrottleNet.MxNode.Relay;

/// <summary>Finds a session for a transaction: host by host in order of preference, address by address, kept or fresh.</summary>
internal sealed class NextHopConnector(
    RelayOptions options, HopAddresses addresses, NextHopDialer dialer, NextHopPool pool, HopHistory history, TimeProvider clock)
{
    /// <summary>Where sessions go back to.</summary>
    public NextHopPool Pool => pool;

    /// <summary>Which refusals were about this relay.</summary>
    public NameRefusals Names => history.Names;

    /// <summary>A session that stands before MAIL and counts as in use until it is returned to the pool or discarded.</summary>
    /// <param name="request">What is wanted.</param>
    /// <param name="cancel">The client has given up.</param>
    public async ValueTask<ConnectOutcome> ConnectAsync(ConnectRequest request, CancellationToken cancel)
    {
        using var limit = new CancellationTokenSource(options.SessionTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancel);
        var attempt = new Attempt(request, either.Token);
        try
        {
            if (await TryHostsAsync(attempt) is { } session)
            {
                return new ConnectOutcome(session, null);
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            attempt.Failures.AddTimeout(request.Destination.Hosts[0]);
        }

        return new ConnectOutcome(null, attempt.IsLacking ? null : attempt.Failures.ToReply());
    }

    // Addresses that were silent lately come behind all others.
    private async ValueTask<NextHopSession?> TryHostsAsync(Attempt attempt)
    {
        var hosts = attempt.Request.Destination.Hosts;
        var silent = new List<(MxHost Host, IPEndPoint EndPoint)>();
        for (var i = 0; i < hosts.Length && attempt.Addresses < options.MaxAddresses; i++)
        {
            var (lookup, endPoints) = await addresses.FindAsync(hosts[i], attempt.Cancel);
            attempt.Failures.Add(hosts[i], lookup);
            for (var j = 0; j < endPoints.Count && attempt.Addresses < options.MaxAddresses; j++)
            {
                attempt.Addresses++;
                if (history.Memory.IsSilent(endPoints[j]))
                {
                    silent.Add((hosts[i], endPoints[j]));
                    continue;
                }

                var isLast = silent.Count == 0 && i == hosts.Length - 1 && (j == endPoints.Count - 1 || attempt.Addresses == options.MaxAddresses);
                if (await TryAsync(attempt, hosts[i], endPoints[j], isLast) is { } session)
                {
                    return session;
                }
            }
        }

        for (var i = 0; i < silent.Count; i++)
        {
            if (await TryAsync(attempt, silent[i].Host, silent[i].EndPoint, isLast: i == silent.Count - 1) is { } session)
            {
                return session;
            }
        }

        return null;
    }

    private async ValueTask<NextHopSession?> TryAsync(Attempt attempt, MxHost host, IPEndPoint endPoint, bool isLast)
    {
        while (true)
        {
            if (await pool.EnterAsync(endPoint, attempt.Request.Client, attempt.Request.IsComplete, attempt.Cancel) is not { } place)
            {
                attempt.Failures.AddBusy(NextHopDialer.Name(host, endPoint));
                return null;
            }

            var (session, again) = await TryEnteredAsync(attempt, host, place, isLast);
            if (session is not null && attempt.Request.Wanted is { } wanted && !wanted(session.Capabilities))
            {
                attempt.IsLacking = true;
                pool.Return(session);
                return null;
            }

            if (session is not null || !again)
            {
                attempt.Cancel.ThrowIfCancellationRequested();
                return session;
            }
        }
    }

    private async ValueTask<(NextHopSession? Session, bool Again)> TryEnteredAsync(Attempt attempt, MxHost host, HopPlace place, bool isLast)
    {
        var entered = true;
        try
        {
            var session = attempt.Request.IsFresh ? null : await TakeKeptAsync(place.EndPoint, attempt.Request.Client, attempt.Cancel);

            // For the last address there is nothing better to do than to wait, for as long as the client does.
            session ??= await dialer.OpenAsync(host, place.EndPoint, attempt.Request.Client, isLast ? options.SessionTimeout : options.HelloTimeout, attempt.Cancel);
            session.Place = place;
            entered = false;
            return (session, false);
        }
        catch (NextHopException e)
        {
            return (null, Fail(attempt, host, place, e));
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
    private bool Fail(Attempt attempt, MxHost host, HopPlace place, NextHopException e)
    {
        var name = NextHopDialer.Name(host, place.EndPoint);
        var failure = attempt.Cancel.IsCancellationRequested ? new NextHopException(NextHopFault.TimedOut, "no session in time", e) : e;
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
        attempt.Failures.Add(name, failure);
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

    private sealed class Attempt(ConnectRequest request, CancellationToken cancel)
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
