using System.Net;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Relay;

/// <summary>
/// The session that a transaction has from the pool: taken from the connector, parked while it is the client's turn, and given back,
/// or given up when it fails. The name and the TLS facts of the last session stay known after it is gone.
/// </summary>
internal sealed class SessionLoan(NextHopConnector connector, ILogger logger)
{
    private ParkedSession? _parked;
    private IPAddress? _local;
    private IPAddress? _remote;

    /// <summary>Null while the transaction has none.</summary>
    public NextHopSession? Session { get; private set; }

    /// <summary>"mail.example.com[192.0.2.1]:25"; empty until a session was had.</summary>
    public string NextHop { get; private set; } = "";

    /// <summary>How the session is encrypted; null if it is not.</summary>
    public TlsFacts? Tls { get; private set; }

    /// <summary>What TLS was demanded of the last next hop asked, and what was reached.</summary>
    public TlsReport TlsReport { get; private set; } = TlsReport.None;

    /// <summary>The next hop takes DSN parameters (RFC 3461), and reports as they say.</summary>
    public bool OffersDsn { get; private set; }

    /// <inheritdoc cref="NextHopConnector.ConnectAsync"/>
    public async ValueTask<ConnectOutcome> TakeAsync(ConnectRequest request, CancellationToken cancel)
    {
        var outcome = await connector.ConnectAsync(request, cancel);
        TlsReport = outcome.Tls;
        if (outcome.Session is { } session)
        {
            Session = session;
            NextHop = session.Name;
            Tls = session.Tls;
            OffersDsn = session.Capabilities.Dsn;
            _local = session.Local;
            _remote = session.EndPoint.Address;
        }

        return outcome;
    }

    /// <summary>Those of the domains for whose mail the session has the TLS that is demanded. All are looked up at the same time, so that their waits do not add up.</summary>
    /// <param name="request">The transaction's.</param>
    /// <param name="domains">Canonical.</param>
    /// <param name="cancel">The client has given up.</param>
    public async ValueTask<IEnumerable<string>> SatisfiedAsync(ConnectRequest request, IEnumerable<string> domains, CancellationToken cancel)
    {
        var session = Session!;
        var answers = await Task.WhenAll(domains.Select(async domain => (Domain: domain, IsSatisfied: await connector.SatisfiesAsync(session, request with { Domains = [domain] }, cancel))));
        return answers.Where(answer => answer.IsSatisfied).Select(answer => answer.Domain);
    }

    /// <summary>It is the client's turn, and it may take long: another transaction may have the session.</summary>
    public void Park()
    {
        if (Session is { } session)
        {
            session.Rested = true;
            _parked = connector.Pool.Park(session);
        }
    }

    /// <summary>Takes the parked session back. If another transaction has it, there is none.</summary>
    public void Unpark()
    {
        if (_parked is { } parked && !connector.Pool.TryUnpark(parked))
        {
            Session = null;
        }

        _parked = null;
    }

    /// <summary>Gives the session back, if there is one; the next hop forgets a transaction that was left open when the session is used again or closed.</summary>
    public async ValueTask ReturnAsync()
    {
        Unpark();
        if (Session is not { } session)
        {
            return;
        }

        Session = null;
        if (session.Stage is TransactionStage.None or TransactionStage.Envelope)
        {
            connector.Pool.Return(session);
        }
        else
        {
            await connector.Pool.DiscardAsync(session);
        }
    }

    /// <summary>Gives up the session, which has failed. True if that was to be expected of it, and another may do better.</summary>
    public async ValueTask<bool> LoseAsync(NextHopException failure, CancellationToken cancel)
    {
        var session = Session!;
        Session = null;
        await connector.Pool.DiscardAsync(session);
        cancel.ThrowIfCancellationRequested();
        if (failure.Fault == NextHopFault.ChunkingFailed)
        {
            connector.History.ChunkingFailed(session, failure);
            return true;
        }

        var stale = session.Rested && failure.Fault == NextHopFault.HungUp;
        if (stale)
        {
            RelayLog.StaleReplaced(logger, session.Name, failure.Reason);
        }
        else
        {
            RelayLog.SessionLost(logger, session.Name, failure.Reason);
        }

        return stale;
    }

    /// <summary>The reply to the client for a reply of the next hop. A refusal that is about this relay is not a reply to the client's mail.</summary>
    /// <param name="said">The next hop's reply.</param>
    /// <param name="stage">What it answered: mail, rcpt, text.</param>
    /// <param name="subject">As for <see cref="RelayReplies.From(string, SmtpReply, ValueTuple{int, int})"/>.</param>
    public SmtpReply Answer(SmtpReply said, string stage, (int Subject, int Detail) subject = default)
    {
        if (!connector.Names.IsAboutRelay(said, _local))
        {
            if (said.IsPositive)
            {
                connector.Names.NoteTaken(_remote!);
            }

            return RelayReplies.From(NextHop, said, subject);
        }

        connector.Names.Note(NextHop[..NextHop.IndexOf('[', StringComparison.Ordinal)], _remote!, stage, said);
        return RelayReplies.RefusesRelay(NextHop, said);
    }
}
