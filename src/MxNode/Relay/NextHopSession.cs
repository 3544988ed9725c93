using System.Net;
using ThrottleNet.MxNode.TlsPolicy;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Relay;

/// <summary>
/// An SMTP session with a next hop, from its greeting on; it carries one transaction after the other. A failure is a
/// <see cref="NextHopException"/>; the session is only to be disposed of afterwards.
/// </summary>
internal sealed class NextHopSession : IAsyncDisposable
{
    // A whole pipeline must fit into the socket buffers in both directions, or both sides wait for each other (RFC 2920, section 3.1).
    private const int MaxPipelined = 100;

    // QUIT is a courtesy; waiting longer for its reply gains nothing.
    private static readonly TimeSpan QuitTimeout = TimeSpan.FromSeconds(5);

    private readonly NextHopConnection _connection;
    private readonly RelayOptions _options;
    private readonly TextSender _sender;

    public NextHopSession(NextHopConnection connection, HopTarget target, RelayOptions options, long openedAt)
    {
        _connection = connection;
        _options = options;
        _sender = new TextSender(connection, this, options);
        Name = target.Name;
        Host = target.Host;
        EndPoint = target.EndPoint;
        OpenedAt = openedAt;
    }

    /// <summary>"mail.example.com[192.0.2.1]:25".</summary>
    public string Name { get; }

    /// <summary>The mail exchanger.</summary>
    public MxHost Host { get; }

    public IPEndPoint EndPoint { get; }

    /// <summary>Timestamp of the clock.</summary>
    public long OpenedAt { get; }

    /// <summary>The address this node calls from; null when the connection is gone.</summary>
    public IPAddress? Local => _connection.Local;

    /// <summary>The place it takes among the sessions in use; null while it is unused.</summary>
    public HopPlace? Place { get; set; }

    public EhloCapabilities Capabilities { get; private set; } = EhloCapabilities.None;

    public TlsFacts? Tls { get; private set; }

    /// <summary>The demand that the session satisfied when it was last taken.</summary>
    public TlsDemand Demand { get; set; } = TlsDemand.Opportunistic;

    /// <summary>The client that the session was last used for.</summary>
    public ClientFacts? Client { get; set; }

    /// <summary>The last XCLIENT command that the next hop has accepted.</summary>
    public string? Xclient { get; set; }

    /// <summary>The next hop knows the client's address: it has accepted it by XCLIENT.</summary>
    public bool KnowsClient => Xclient is not null && XclientAttributes.Contains("ADDR");

    /// <summary>The attributes XCLIENT may carry here; none once the next hop has refused the command.</summary>
    public IReadOnlySet<string> XclientAttributes { get; set; } = EhloCapabilities.None.XclientAttributes;

    /// <inheritdoc cref="TextSender.MayChunk"/>
    public bool MayChunk
    {
        set => _sender.MayChunk = value;
    }

    public TransactionStage Stage { get; private set; }

    /// <summary>Transactions begun.</summary>
    public int Transactions { get; private set; }

    /// <summary>Negative answers to commands.</summary>
    public int Refusals { get; private set; }

    /// <summary>True when the session was unused for a while, so that the next hop may have closed it for idleness.</summary>
    public bool Rested { get; set; }

    /// <summary>True when the next hop has announced that it closes the session.</summary>
    public bool IsClosing { get; set; }

    /// <summary>True when something has arrived unasked: 421, the end of the connection, a reply to no command.</summary>
    public bool HasInput => _connection.HasInput;

    /// <summary>As <see cref="NextHopConnection.AbortOn"/>.</summary>
    public CancellationTokenRegistration AbortOn(CancellationToken cancel) => _connection.AbortOn(cancel);

    public ValueTask<SmtpReply> ReadGreetingAsync(TimeSpan patience) => ReadAsync(patience);

    /// <summary>Says EHLO, or HELO where the next hop does not know EHLO, and notes the extensions offered.</summary>
    public async ValueTask HelloAsync(string name)
    {
        var reply = await CommandAsync($"EHLO {name}");
        if (reply.IsPositive)
        {
            Capabilities = EhloCapabilities.Parse(reply);
            return;
        }

        Capabilities = EhloCapabilities.None;
        if (reply.IsPermanent)
        {
            reply = await CommandAsync($"HELO {name}");
        }

        if (!reply.IsPositive)
        {
            throw new NextHopException(NextHopFault.Refused, reply);
        }
    }

    /// <summary>Goes over to TLS after a positive answer to STARTTLS. True: plaintext had arrived behind the answer, and was dropped.</summary>
    public async ValueTask<bool> StartTlsAsync(TlsHandshake handshake)
    {
        var injected = _connection.HasBufferedInput;
        Tls = await _connection.StartTlsAsync(handshake, _options.HelloTimeout);
        return injected;
    }

    /// <summary>Whether the session has the TLS that is demanded of its mail exchanger.</summary>
    public bool Satisfies(TlsDemand demand) => demand.Kind switch
    {
        TlsDemandKind.Opportunistic => true,
        TlsDemandKind.Encrypted => Tls is not null,
        TlsDemandKind.Trusted => Tls is { CertificateProblem: null } tls && tls.Name == Host.Name,
        TlsDemandKind.Dane => Tls?.Dane?.Satisfies(demand.Dane, demand.Names) == true,
        _ => false,
    };

    /// <summary>Ends a transaction that was left open.</summary>
    public async ValueTask ResetAsync()
    {
        if (Stage == TransactionStage.Envelope)
        {
            ThrowIfNotReset(await CommandAsync("RSET"));
            Stage = TransactionStage.None;
        }
    }

    /// <summary>A command outside of transactions, and its answer.</summary>
    public async ValueTask<SmtpReply> CommandAsync(string command)
    {
        _connection.WriteLine(command);
        await _connection.FlushAsync(_options.HelloTimeout);
        return await ReadAsync(_options.HelloTimeout);
    }

    /// <summary>MAIL (when a transaction begins) and RCPTs, in one write where the next hop takes that.</summary>
    /// <param name="mail">Null when the transaction goes on.</param>
    /// <param name="recipients">In order.</param>
    /// <param name="answers">Filled in as answers come; what came before a failure stays.</param>
    /// <returns>What MAIL was refused with; null if it was not.</returns>
    public async ValueTask<SmtpReply?> SubmitAsync(MailCommand? mail, IReadOnlyList<RcptCommand> recipients, SmtpReply?[] answers)
    {
        var commands = new List<string>(recipients.Count + 2);
        if (mail is not null)
        {
            if (Stage == TransactionStage.Envelope)
            {
                commands.Add("RSET");
            }

            commands.Add(Envelope.Mail(mail, Capabilities));
            Stage = TransactionStage.Envelope;
            Transactions++;
        }

        var before = commands.Count;
        commands.AddRange(recipients.Select(recipient => Envelope.Rcpt(recipient, Capabilities)));
        var step = Capabilities.Pipelining ? MaxPipelined : 1;
        SmtpReply? refusal = null;
        for (var start = 0; start < commands.Count && refusal is null; start += step)
        {
            var end = Math.Min(start + step, commands.Count);
            for (var i = start; i < end; i++)
            {
                _connection.WriteLine(commands[i]);
            }

            await _connection.FlushAsync(_options.CommandTimeout);
            for (var i = start; i < end; i++)
            {
                var reply = await ReadAsync(_options.CommandTimeout);
                if (i < before - 1)
                {
                    ThrowIfNotReset(reply);
                }
                else if (i == before - 1)
                {
                    refusal = reply.IsPositive ? null : reply;
                }
                else if (refusal is null)
                {
                    answers[i - before] = reply;
                }
            }
        }

        return refusal;
    }

    /// <summary>Sends the text, by DATA or by BDAT.</summary>
    /// <param name="message">Goes out byte for byte.</param>
    /// <param name="patience">How long to wait for the answer to the whole text, asked when that is out.</param>
    /// <param name="cancel">Heeded until the text is out. After that only the next hop knows who has the message, so its answer is awaited.</param>
    /// <returns>The answer to the whole text, or an earlier refusal.</returns>
    /// <exception cref="IOException">The text could not be read.</exception>
    public ValueTask<SmtpReply> SendTextAsync(OutgoingMessage message, Func<TimeSpan> patience, CancellationToken cancel) =>
        _sender.SendAsync(message, patience, cancel);

    /// <summary>The transaction has come to that stage.</summary>
    public void Enter(TransactionStage stage) => Stage = stage;

    /// <summary>Reads a reply. 421, and an intermediate reply that is not expected, end the session.</summary>
    public async ValueTask<SmtpReply> ReadAsync(TimeSpan timeout, bool expectIntermediate = false)
    {
        var reply = await _connection.ReadReplyAsync(timeout);
        if (reply.Code == 421)
        {
            throw new NextHopException(NextHopFault.HungUp, reply);
        }

        if (reply.IsIntermediate && !expectIntermediate)
        {
            throw new NextHopException(NextHopFault.Garbage, $"its answer is {reply.Code}");
        }

        if (reply.IsTransient || reply.IsPermanent)
        {
            Refusals++;
        }

        return reply;
    }

    /// <summary>Sends QUIT where the protocol allows it, and closes. Never throws.</summary>
    public async Task QuitAsync()
    {
        try
        {
            if (Stage is TransactionStage.None or TransactionStage.Envelope && !IsClosing && !HasInput)
            {
                _connection.WriteLine("QUIT");
                await _connection.FlushAsync(QuitTimeout);
                await _connection.ReadReplyAsync(QuitTimeout);
                await _connection.EndTlsAsync(QuitTimeout);
            }
        }
        catch (NextHopException)
        {
            // The connection is lost already.
        }

        await DisposeAsync();
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private static void ThrowIfNotReset(SmtpReply reply)
    {
        if (!reply.IsPositive)
        {
            throw new NextHopException(NextHopFault.HungUp, reply);
        }
    }
}
