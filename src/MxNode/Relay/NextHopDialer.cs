using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Listening;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Relay;

/// <summary>Brings a session with a next hop to where MAIL may follow: greeting, EHLO, TLS, and who the client is.</summary>
internal sealed class NextHopDialer(
    Live<RelayOptions> options, OwnIdentity self, HopHistory history, NextHopTls tls, DescriptorBudget descriptors, TimeProvider clock)
{
    // RFC 5321, section 3.1: what says "no SMTP service here", and how servers turn a client away for who it is.
    private const int ServiceRefused = 554;

    // RFC 5321, section 4.2.2: syntax error in arguments.
    private const int BadArgument = 501;

    /// <summary>A fresh session, with the TLS that is demanded, or else on TLS if the next hop can.</summary>
    /// <param name="target">The next hop to call.</param>
    /// <param name="client">The client whose mail it is for.</param>
    /// <param name="patience">How long to wait for the greeting.</param>
    /// <param name="cancel">Ends the attempt.</param>
    /// <exception cref="NextHopException">No session can be opened.</exception>
    public async ValueTask<NextHopSession> OpenAsync(HopTarget target, ClientFacts client, TimeSpan patience, CancellationToken cancel)
    {
        try
        {
            return await OpenAsync(target, client, patience, tryTls: !history.Memory.FailsAtTls(target.EndPoint), cancel);
        }
        catch (NextHopException e) when (e.Fault == NextHopFault.TlsFailed && !cancel.IsCancellationRequested)
        {
            history.TlsFailed(target, e);
            return await OpenAsync(target, client, patience, tryTls: false, cancel);
        }
    }

    /// <summary>Tells the next hop who the client is, where it takes that and does not know it yet.</summary>
    public async ValueTask IntroduceAsync(NextHopSession session, ClientFacts client)
    {
        session.Client = client;
        var facts = new XclientFacts
        {
            Name = client.ReverseName,
            Address = client.IsNodeItself ? null : client.Address,
            Port = client.Port,
            Protocol = client.Protocol,
            Helo = client.Helo,
            DestinationAddress = client.Server?.Address,
            DestinationPort = client.Server?.Port,
        };
        if (Xclient.Format(facts, session.XclientAttributes) is not { } command || command == session.Xclient)
        {
            return;
        }

        await session.ResetAsync();
        var reply = await session.CommandAsync(command);
        if (reply.Code == BadArgument && Xclient.Format(facts with { Name = null, Helo = null }, session.XclientAttributes) is { } bare && bare != command)
        {
            // The client chooses its names. By one that the next hop does not understand it must not hide its address.
            reply = await session.CommandAsync(bare);
        }

        if (reply.IsPositive)
        {
            // The next hop is back at its greeting, and takes this EHLO for the client's.
            session.Xclient = command;
            await HelloAsClientAsync(session, client);
        }
        else if (reply.IsPermanent && reply.Code != ServiceRefused && session.Xclient is null)
        {
            history.XclientRefused(session, NextHopException.ReasonOf(reply));
            session.XclientAttributes = EhloCapabilities.None.XclientAttributes;
        }
        else
        {
            throw new NextHopException(NextHopFault.ClientRefused, reply);
        }
    }

    private async ValueTask HelloAsClientAsync(NextHopSession session, ClientFacts client)
    {
        try
        {
            await session.HelloAsync(HelloName.IsHost(client.Helo) ? client.Helo : self.HostName);
        }
        catch (NextHopException e) when (e is { Fault: NextHopFault.Refused, Reply: { } reply })
        {
            throw new NextHopException(NextHopFault.ClientRefused, reply);
        }
    }

    private async ValueTask<NextHopSession> OpenAsync(HopTarget target, ClientFacts client, TimeSpan patience, bool tryTls, CancellationToken cancel)
    {
        if (target.Tls.IsCompletedSuccessfully)
        {
            NextHopTls.ThrowIfRefused(await target.Tls);
        }

        NextHopConnection connection;
        try
        {
            connection = await NextHopConnection.OpenAsync(target.EndPoint, options.Current.SourceFor(target.EndPoint.Address), options.Current.ConnectTimeout, descriptors, clock, cancel);
        }
        catch (NextHopException e) when (e.Fault == NextHopFault.TimedOut)
        {
            history.Memory.NoteSilent(target.EndPoint);
            throw;
        }

        var session = new NextHopSession(connection, target, options.Current, clock.GetTimestamp());
        try
        {
            using var abort = session.AbortOn(cancel);
            var greeting = await ReadGreetingAsync(session, patience);
            if (!greeting.IsPositive)
            {
                throw new NextHopException(NextHopFault.Refused, greeting);
            }

            await session.HelloAsync(self.HostName);
            await tls.SecureAsync(session, await target.Tls, tryTls);
            session.XclientAttributes = session.Capabilities.XclientAttributes;
            await IntroduceAsync(session, client);
            history.SessionOpened(session);
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    private async ValueTask<SmtpReply> ReadGreetingAsync(NextHopSession session, TimeSpan patience)
    {
        try
        {
            var greeting = await session.ReadGreetingAsync(patience);
            history.Memory.NoteGreeting(session.EndPoint);
            return greeting;
        }
        catch (NextHopException e) when (e.Reply is null && e.Fault is NextHopFault.TimedOut or NextHopFault.HungUp)
        {
            // The caller's time may have run out before the next hop's.
            if (e.Fault == NextHopFault.TimedOut || clock.GetElapsedTime(session.OpenedAt) >= options.Current.HelloTimeout)
            {
                history.Memory.NoteSilent(session.EndPoint);
            }

            throw;
        }
    }
}
