using System.Net;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Listening;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Relay;

/// <summary>Brings a session with a next hop to where MAIL may follow: greeting, EHLO, TLS, and who the client is.</summary>
internal sealed class NextHopDialer(
    Live<RelayOptions> options, OwnIdentity self, HopMemory memory, DescriptorBudget descriptors, TimeProvider clock, ILogger<NextHopDialer> logger)
{
    // RFC 5321, section 3.1: what says "no SMTP service here", and how servers turn a client away for who it is.
    private const int ServiceRefused = 554;

    // RFC 5321, section 4.2.2: syntax error in arguments.
    private const int BadArgument = 501;

    /// <summary>A fresh session, on TLS if the next hop can.</summary>
    /// <param name="host">The next hop to call.</param>
    /// <param name="endPoint">Where.</param>
    /// <param name="client">The client whose mail it is for.</param>
    /// <param name="patience">How long to wait for the greeting.</param>
    /// <param name="cancel">Ends the attempt.</param>
    /// <exception cref="NextHopException">There is none to be had.</exception>
    public async ValueTask<NextHopSession> OpenAsync(MxHost host, IPEndPoint endPoint, ClientFacts client, TimeSpan patience, CancellationToken cancel)
    {
        try
        {
            return await OpenAsync(host, endPoint, client, patience, tryTls: !memory.FailsAtTls(endPoint), cancel);
        }
        catch (NextHopException e) when (e.Fault == NextHopFault.TlsFailed && !cancel.IsCancellationRequested)
        {
            memory.NoteTlsFailure(endPoint);
            RelayLog.TlsFailed(logger, Name(host, endPoint), e.Reason);
            return await OpenAsync(host, endPoint, client, patience, tryTls: false, cancel);
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
            RelayLog.XclientRefused(logger, session.Name, NextHopException.ReasonOf(reply));
            session.XclientAttributes = EhloCapabilities.None.XclientAttributes;
        }
        else
        {
            throw new NextHopException(NextHopFault.ClientRefused, reply);
        }
    }

    /// <summary>"mail.example.com[192.0.2.1]:25".</summary>
    public static string Name(MxHost host, IPEndPoint endPoint) => $"{host.Name}[{endPoint.Address}]:{endPoint.Port}";

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

    private async ValueTask<NextHopSession> OpenAsync(
        MxHost host, IPEndPoint endPoint, ClientFacts client, TimeSpan patience, bool tryTls, CancellationToken cancel)
    {
        NextHopConnection connection;
        try
        {
            connection = await NextHopConnection.OpenAsync(endPoint, options.Current.SourceFor(endPoint.Address), options.Current.ConnectTimeout, descriptors, clock, cancel);
        }
        catch (NextHopException e) when (e.Fault == NextHopFault.TimedOut)
        {
            memory.NoteSilent(endPoint);
            throw;
        }

        var session = new NextHopSession(connection, Name(host, endPoint), endPoint, options.Current, clock.GetTimestamp());
        try
        {
            using var abort = session.AbortOn(cancel);
            var greeting = await ReadGreetingAsync(session, patience);
            if (!greeting.IsPositive)
            {
                throw new NextHopException(NextHopFault.Refused, greeting);
            }

            await session.HelloAsync(self.HostName);
            if (tryTls && session.Capabilities.StartTls)
            {
                await TryTlsAsync(host, session);
            }

            session.XclientAttributes = session.Capabilities.XclientAttributes;
            await IntroduceAsync(session, client);
            RelayLog.SessionOpened(logger, session.Name);
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
            memory.NoteGreeting(session.EndPoint);
            return greeting;
        }
        catch (NextHopException e) when (e.Reply is null && e.Fault is NextHopFault.TimedOut or NextHopFault.HungUp)
        {
            // The caller's time may have run out before the next hop's.
            if (e.Fault == NextHopFault.TimedOut || clock.GetElapsedTime(session.OpenedAt) >= options.Current.HelloTimeout)
            {
                memory.NoteSilent(session.EndPoint);
            }

            throw;
        }
    }

    // A next hop that closes the connection, is silent, or refuses the second EHLO has failed at TLS: it is called again without. Where DANE
    // or MTA-STS demanded TLS this would be wrong; the node knows neither.
    private async ValueTask TryTlsAsync(MxHost host, NextHopSession session)
    {
        try
        {
            if (!(await session.CommandAsync("STARTTLS")).IsPositive)
            {
                return;
            }

            if (await session.StartTlsAsync(host.Name))
            {
                RelayLog.PlaintextInjected(logger, session.Name);
            }

            await session.HelloAsync(self.HostName);
        }
        catch (NextHopException e) when (e.Fault is NextHopFault.HungUp or NextHopFault.TimedOut or NextHopFault.Garbage or NextHopFault.Refused)
        {
            throw new NextHopException(NextHopFault.TlsFailed, e.Reason, e);
        }

        var tls = session.Tls!;
        if (tls.CertificateProblem is { } problem)
        {
            RelayLog.TlsUnverified(logger, session.Name, tls.Protocol, tls.CipherSuite, problem);
        }
        else
        {
            RelayLog.TlsVerified(logger, session.Name, tls.Protocol, tls.CipherSuite);
        }
    }
}
