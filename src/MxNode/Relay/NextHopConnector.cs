using System.Net;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Relay;

/// <summary>A session to begin a transaction on, or else what the client is to be told.</summary>
internal readonly record struct ConnectOutcome(NextHopSession? Session, SmtpReply? Refusal);

/// <summary>Finds a session for a transaction: host by host in order of preference, address by address, kept or fresh.</summary>
internal sealed class NextHopConnector(
    RelayOptions options, HopAddresses addresses, NextHopDialer dialer, NextHopPool pool, TimeProvider clock, ILogger<NextHopConnector> logger)
{
    /// <summary>Where sessions go back to.</summary>
    public NextHopPool Pool => pool;

    /// <summary>A session that stands before MAIL and counts as in use until it is returned to the pool or discarded.</summary>
    /// <param name="destination">Where to.</param>
    /// <param name="client">Whom for.</param>
    /// <param name="fresh">Not a kept one.</param>
    /// <param name="cancel">The client has given up.</param>
    public async ValueTask<ConnectOutcome> ConnectAsync(Destination destination, ClientFacts client, bool fresh, CancellationToken cancel)
    {
        using var limit = new CancellationTokenSource(options.SessionTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancel);
        var failures = new ConnectFailures();
        var addressesLeft = options.MaxAddresses;
        try
        {
            foreach (var host in destination.Hosts)
            {
                if (addressesLeft == 0)
                {
                    break;
                }

                var (lookup, endPoints) = await addresses.FindAsync(host, either.Token);
                failures.Add(host, lookup);
                foreach (var endPoint in endPoints.Take(addressesLeft))
                {
                    addressesLeft--;
                    if (!await pool.EnterAsync(endPoint, either.Token))
                    {
                        failures.AddBusy(NextHopDialer.Name(host, endPoint));
                        continue;
                    }

                    if (await TryEnteredAsync(host, endPoint, client, fresh, failures, either.Token) is { } session)
                    {
                        return new ConnectOutcome(session, null);
                    }

                    either.Token.ThrowIfCancellationRequested();
                }
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            failures.AddTimeout(destination.Hosts[0]);
        }

        return new ConnectOutcome(null, failures.ToReply());
    }

    private async ValueTask<NextHopSession?> TryEnteredAsync(
        MxHost host, IPEndPoint endPoint, ClientFacts client, bool fresh, ConnectFailures failures, CancellationToken cancel)
    {
        var entered = true;
        try
        {
            var session = fresh ? null : await TakeKeptAsync(endPoint, client, cancel);
            session ??= await dialer.OpenAsync(host, endPoint, client, cancel);
            entered = false;
            return session;
        }
        catch (NextHopException e)
        {
            var name = NextHopDialer.Name(host, endPoint);
            var failure = cancel.IsCancellationRequested ? new NextHopException(NextHopFault.TimedOut, "no session in time", e) : e;
            RelayLog.NoSession(logger, name, failure.Reason);
            failures.Add(name, failure);
            return null;
        }
        finally
        {
            if (entered)
            {
                pool.Leave(endPoint);
            }
        }
    }

    private async ValueTask<NextHopSession?> TakeKeptAsync(IPEndPoint endPoint, ClientFacts client, CancellationToken cancel)
    {
        while (pool.TakeIdle(endPoint, client) is { } session)
        {
            var reason = "it has closed";
            if (!session.HasInput)
            {
                try
                {
                    using var abort = session.AbortOn(cancel);
                    await dialer.IntroduceAsync(session, client);
                    if (pool.IsWorthKeeping(session))
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

            RelayLog.StaleReplaced(logger, session.Name, reason);
            await session.DisposeAsync();
            cancel.ThrowIfCancellationRequested();
        }

        return null;
    }
}
