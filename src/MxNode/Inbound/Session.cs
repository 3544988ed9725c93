using System.Diagnostics;
using System.Net;
using System.Net.Security;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.Protocol.Smtp;
using ThrottleNet.TrustList;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>What is known of one client's session; hooks read it and wait on it.</summary>
/// <param name="wire">The connection.</param>
/// <param name="peer">See <see cref="Peer"/>.</param>
/// <param name="client">The client's address and port.</param>
/// <param name="findName">Looks the client's host name up in the DNS.</param>
/// <param name="trust">The trusted list.</param>
/// <param name="time">The clock.</param>
internal sealed class Session(SmtpWire wire, IPAddress peer, IPEndPoint client, Func<Task<string?>> findName, TrustBook trust, TimeProvider time)
{
    private Task<string?> _reverseName = Task.FromResult<string?>(null);
    private bool _owesReply;

    public string Id { get; } = SessionId.Next();

    /// <summary>The host that is connected: the client, or an authorised host that names the client by XCLIENT.</summary>
    public IPAddress Peer { get; } = peer;

    public IPEndPoint Client { get; } = client;

    public IpBlock Block { get; } = IpBlock.Of(client.Address);

    /// <summary>The client's entry on the trusted list, as of the last <see cref="LookUpTrust"/>; null for an untrusted host.</summary>
    public TrustEntry? Trust { get; private set; } = trust.Find(client.Address);

    public bool IsTrusted => Trust is not null;

    /// <summary>The trusted client was informed that it may go direct; once a session is enough.</summary>
    public bool IsInformedOfDirect { get; set; }

    /// <summary>The client's forward-confirmed host name, once the look-up has found one.</summary>
    public string? ReverseName => XclientName ?? (_reverseName.IsCompletedSuccessfully ? _reverseName.Result : null);

    /// <summary>Begins the look-up of <see cref="ReverseName"/>: once the session has its place, because strangers choose how long the DNS takes.</summary>
    public void LookUpName() => _reverseName = findName();

    /// <summary>Completes when the look-up of <see cref="ReverseName"/> is over.</summary>
    public Task ReverseNameLookup => XclientName is null ? _reverseName : Task.CompletedTask;

    /// <summary>The host name that an authorised host has given for its client by XCLIENT.</summary>
    public string? XclientName { get; init; }

    /// <summary>The argument of HELO or EHLO.</summary>
    public string? Hello { get; set; }

    public bool IsExtended { get; set; }

    /// <summary>The client sent something before the greeting.</summary>
    public bool SpokeEarly { get; set; }

    /// <summary>The transaction under way.</summary>
    public Transaction? Transaction
    {
        get;
        set
        {
            field = value;
            HadMail |= value is not null;
        }
    }

    /// <summary>The client has begun a transaction at some time.</summary>
    public bool HadMail { get; private set; }

    /// <summary>
    /// A text was delivered or refused, and the client has not got the reply: the connection must not be ended, or the client sends the message again.
    /// </summary>
    public bool OwesReply
    {
        get => Volatile.Read(ref _owesReply);
        set => Volatile.Write(ref _owesReply, value);
    }

    public SessionSummary Summary { get; } = new(time.GetTimestamp());

    /// <summary>Cancelled when the client is gone.</summary>
    public CancellationToken Gone => wire.Gone;

    /// <summary>Where the client connected to; null if that is not known.</summary>
    public IPEndPoint? Local => wire.Local;

    /// <summary>The TLS layer; null without TLS.</summary>
    public SslStream? Tls => wire.Tls;

    public bool IsTls => wire.Tls is not null;

    /// <summary>Protocol version and cipher suite as IANA names them; null without TLS.</summary>
    public string? TlsFacts => wire.Tls is { } tls ? $"{tls.SslProtocol} with cipher {tls.NegotiatedCipherSuite}" : null;

    /// <summary>How the mail came in, for the Received field and XCLIENT (RFC 3848, RFC 6531).</summary>
    public string Protocol => TransmissionType.Name(IsExtended, IsTls, Transaction is { Mail.SmtpUtf8: true });

    /// <summary>Looks the client up once more: sessions are kept open, and a revocation holds from the next message on.</summary>
    public void LookUpTrust() => Trust = trust.Find(Client.Address);

    /// <summary>Sends what was written so far, then waits; does neither if there is nothing to wait for. False: the client is gone.</summary>
    /// <param name="delay">How long at most.</param>
    /// <param name="enough">Ends the wait early; null: nothing does.</param>
    public async ValueTask<bool> DelayAsync(TimeSpan delay, Task? enough = null)
    {
        var from = time.GetTimestamp();
        var stayed = await wire.DelayAsync(delay, enough);
        Summary.Held += time.GetElapsedTime(from);
        return stayed;
    }

    /// <summary>True for a connection that a proxy makes for itself, such as its health check.</summary>
    public bool IsProxyItself { get; init; }

    /// <summary>Puts what the session's log line says on its span.</summary>
    /// <param name="span">Null where no exporter listens.</param>
    public void Describe(Activity? span) => span?
        .SetTag("throttlenet.session", Id)
        .SetTag("throttlenet.block", Block.ToString())
        .SetTag("throttlenet.outcome", Summary.Outcome)
        .SetTag("throttlenet.verdict", Summary.Verdict)
        .SetTag("throttlenet.reason", Summary.Reason)
        .SetTag("throttlenet.recipients", Summary.Recipients)
        .SetTag("throttlenet.messages", Summary.Messages)
        .SetTag("throttlenet.hold", Summary.Held.TotalSeconds);

    /// <summary>The session for the dashboard, when it is over.</summary>
    public RecentSession Report() => new(Id, time.GetUtcNow(), Block, ReverseName, Hello, Tls?.SslProtocol.ToString())
    {
        Outcome = Summary.Outcome,
        Verdict = Summary.Verdict,
        Reason = Summary.EndedFor?.ToString() ?? Summary.Reason,
        Recipients = Summary.Recipients,
        RecipientsTaken = Summary.RecipientsTaken,
        Messages = Summary.Messages,
        Domain = Summary.Domain,
        NextHop = Summary.NextHop,
        Answer = Summary.Answer,
        Held = Summary.Held,
        Duration = time.GetElapsedTime(Summary.Started),
    };

    public ClientFacts Facts => new(Client.Address, Client.Port, ReverseName, Hello ?? "", Protocol) { Server = wire.Local, IsTrusted = IsTrusted };
}
