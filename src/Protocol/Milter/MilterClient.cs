using System.Buffers;

namespace ThrottleNet.Protocol.Milter;

/// <summary>
/// The mail server's side of one connection with a filter (milter protocol, versions 2 to 6; libmilter of sendmail, milter8.c of Postfix).
/// It writes events and reads answers; what was negotiated decides which events are written and which are answered. Octets come and
/// go through the caller. For each event: call its method; if it returns true, send what was written and call <see cref="Read"/> until it
/// gives the answer; if not, go on. Calls out of order throw.
/// </summary>
/// <param name="maxBody">Octets of a new body that the filter may send.</param>
public sealed class MilterClient(long maxBody)
{
    private readonly MilterAnswerReader _reader = new(maxBody);
    private readonly MilterWriter _writer = new();
    private readonly MilterProgress _progress = new();
    private MilterEvent? _awaited;

    /// <summary>What was agreed on; null before.</summary>
    public MilterOptions? Options { get; private set; }

    /// <summary>Whether an answer is awaited.</summary>
    public bool IsWaiting => _awaited is not null;

    /// <summary>Whether the filter wants no more of this client.</summary>
    public bool IsDone => _progress.IsClientDone;

    /// <summary>Whether the filter would get a piece of the body now.</summary>
    public bool WantsBody => !_progress.IsDone && Options is { } options && !options.Has(MilterSteps.NoBody);

    /// <summary>Begins a connection with the offer of all that version 6 has; an answer follows.</summary>
    public void Negotiate(IBufferWriter<byte> output)
    {
        ThrowIfWaiting();
        _writer.Number(MilterOptions.Newest).Number((uint)MilterActions.All).Number((uint)MilterSteps.Offered).WriteTo(output, MilterEvent.Negotiate);
        Await(MilterEvent.Negotiate);
    }

    /// <summary>A client has connected.</summary>
    /// <param name="output">Takes what is to be sent.</param>
    /// <param name="peer">The client.</param>
    /// <param name="macros">The value of a macro by its name, braces included; null for a macro without a value.</param>
    public bool Connect(IBufferWriter<byte> output, MilterPeer peer, Func<string, string?> macros)
    {
        if (!Begin(output, MilterStage.Connect, MilterEvent.Connect, macros, MilterSteps.NoConnect))
        {
            return false;
        }

        peer.Write(_writer);
        return Finish(output, MilterEvent.Connect, MilterSteps.NoReplyConnect);
    }

    /// <summary>HELO or EHLO with its argument.</summary>
    public bool Helo(IBufferWriter<byte> output, string name, Func<string, string?> macros) =>
        Begin(output, MilterStage.Helo, MilterEvent.Helo, macros, MilterSteps.NoHelo)
        && Texts(output, MilterEvent.Helo, [name], MilterSteps.NoReplyHelo);

    /// <summary>MAIL: the path in angle brackets, then each ESMTP parameter.</summary>
    public bool Mail(IBufferWriter<byte> output, IReadOnlyList<string> arguments, Func<string, string?> macros)
    {
        _progress.BeginMessage();
        return Begin(output, MilterStage.Mail, MilterEvent.Mail, macros, MilterSteps.NoMail)
            && Texts(output, MilterEvent.Mail, arguments, MilterSteps.NoReplyMail);
    }

    /// <summary>RCPT: the path in angle brackets, then each ESMTP parameter.</summary>
    public bool Recipient(IBufferWriter<byte> output, IReadOnlyList<string> arguments, Func<string, string?> macros) =>
        Begin(output, MilterStage.Recipient, MilterEvent.Recipient, macros, MilterSteps.NoRecipient)
        && Texts(output, MilterEvent.Recipient, arguments, MilterSteps.NoReplyRecipient);

    /// <summary>DATA.</summary>
    public bool Data(IBufferWriter<byte> output, Func<string, string?> macros) =>
        Begin(output, MilterStage.Data, MilterEvent.Data, macros, MilterSteps.NoData)
        && Finish(output, MilterEvent.Data, MilterSteps.NoReplyData);

    /// <summary>A command that the mail server does not know, as the client wrote it.</summary>
    public bool Unknown(IBufferWriter<byte> output, string line) =>
        Begin(output, null, MilterEvent.Unknown, static _ => null, MilterSteps.NoUnknown)
        && Texts(output, MilterEvent.Unknown, [line], MilterSteps.NoReplyUnknown);

    /// <summary>A header of the message.</summary>
    /// <param name="output">Takes what is to be sent.</param>
    /// <param name="name">What stands before the colon.</param>
    /// <param name="value">
    /// The text after the colon. Each line but the last ends with LF. What does not fit into an event is cut off.
    /// </param>
    public bool Header(IBufferWriter<byte> output, string name, ReadOnlySpan<byte> value)
    {
        if (!Begin(output, null, MilterEvent.Header, static _ => null, MilterSteps.NoHeaders))
        {
            return false;
        }

        // Without LeadingSpace a filter gets the value as sendmail has it: without the first blank, a tab stays.
        _writer.Text(name).Text(value is [(byte)' ', ..] && !Options!.Has(MilterSteps.LeadingSpace) ? value[1..] : value);
        return Finish(output, MilterEvent.Header, MilterSteps.NoReplyHeaders);
    }

    /// <summary>The end of the headers.</summary>
    public bool EndOfHeaders(IBufferWriter<byte> output, Func<string, string?> macros) =>
        Begin(output, MilterStage.EndOfHeaders, MilterEvent.EndOfHeaders, macros, MilterSteps.NoEndOfHeaders)
        && Finish(output, MilterEvent.EndOfHeaders, MilterSteps.NoReplyEndOfHeaders);

    /// <summary>A piece of the body, at most <see cref="MilterLimits.Chunk"/> octets; lines end with CRLF, wherever the pieces are cut.</summary>
    public bool Body(IBufferWriter<byte> output, ReadOnlySpan<byte> chunk)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(chunk.Length, MilterLimits.Chunk);
        if (!Begin(output, null, MilterEvent.Body, static _ => null, MilterSteps.NoBody))
        {
            return false;
        }

        MilterWriter.Write(output, MilterEvent.Body, chunk);
        return Answered(MilterEvent.Body, MilterSteps.NoReplyBody);
    }

    /// <summary>The end of the message. False: the filter has decided before. After the answer the message is over.</summary>
    public bool EndOfMessage(IBufferWriter<byte> output, Func<string, string?> macros) =>
        Begin(output, MilterStage.EndOfMessage, MilterEvent.EndOfMessage, macros, MilterSteps.None)
        && Finish(output, MilterEvent.EndOfMessage, MilterSteps.None);

    /// <summary>The message under way ends without an end of its own; nothing is written where none is under way.</summary>
    public void Abort(IBufferWriter<byte> output)
    {
        ThrowIfWaiting();
        if (_progress.IsInMessage && !_progress.IsClientDone)
        {
            _writer.WriteTo(output, MilterEvent.Abort);
        }

        _progress.EndMessage();
    }

    /// <summary>The connection with the filter is over.</summary>
    public void Quit(IBufferWriter<byte> output) => _writer.WriteTo(output, MilterEvent.Quit);

    /// <summary>
    /// The client is gone; the connection with the filter waits for the next client. Only where the options allow it. libmilter ignores this
    /// event except directly after a message that it let go on, and would then take the next client for this one. So the negotiation is
    /// repeated: a filter that answers it has certainly begun anew. From the others no answer comes, and their connection must be closed.
    /// </summary>
    public void QuitAndKeep(IBufferWriter<byte> output)
    {
        ThrowIfWaiting();
        if (Options is not { CanBeKept: true })
        {
            throw new InvalidOperationException("The filter's version of the protocol does not keep connections");
        }

        _progress.EndClient();
        _writer.WriteTo(output, MilterEvent.QuitNewConnection);
        Negotiate(output);
    }

    /// <summary>Reads what a filter has sent, one thing at a time. What comes while no answer is awaited is a fault.</summary>
    /// <param name="input">The octets at hand; afterwards what is left of them.</param>
    public MilterRead Read(ref ReadOnlySequence<byte> input)
    {
        if (_awaited is not { } awaited)
        {
            return input.IsEmpty ? default : MilterRead.Broken("it sent an answer that nobody awaits");
        }

        var read = awaited == MilterEvent.Negotiate ? ReadNegotiation(ref input) : _reader.Read(ref input, Options!);
        if (read.Status == MilterReadStatus.Answer)
        {
            _awaited = null;
            _progress.Follow(awaited, read.Answer!.Verdict);
        }

        return read;
    }

    private MilterRead ReadNegotiation(ref ReadOnlySequence<byte> input)
    {
        var read = MilterNegotiation.Read(ref input, out var options);
        Options = options ?? Options;
        return read;
    }

    // The macros go out even where the filter does not want the event: it may ask for them later.
    private bool Begin(IBufferWriter<byte> output, MilterStage? stage, MilterEvent next, Func<string, string?> macros, MilterSteps unwanted)
    {
        ThrowIfWaiting();
        if (Options is null)
        {
            throw new InvalidOperationException("Nothing was negotiated yet");
        }

        if (!_progress.Wants(next))
        {
            return false;
        }

        if (stage is { } of)
        {
            WriteMacros(output, next, MilterMacros.Names(of, Options), macros);
        }

        return !Options.Has(unwanted);
    }

    private void WriteMacros(IBufferWriter<byte> output, MilterEvent next, IReadOnlyList<string> names, Func<string, string?> macros)
    {
        _writer.Octet((char)next);
        foreach (var name in names)
        {
            if (macros(name) is { } value)
            {
                _writer.Text(name).Text(value);
            }
        }

        _writer.WriteTo(output, MilterEvent.Macros);
    }

    private bool Texts(IBufferWriter<byte> output, MilterEvent next, IReadOnlyList<string> texts, MilterSteps unanswered)
    {
        foreach (var text in texts)
        {
            _writer.Text(text);
        }

        return Finish(output, next, unanswered);
    }

    private bool Finish(IBufferWriter<byte> output, MilterEvent next, MilterSteps unanswered)
    {
        _writer.WriteTo(output, next);
        return Answered(next, unanswered);
    }

    private bool Answered(MilterEvent next, MilterSteps unanswered)
    {
        if (Options!.Has(unanswered))
        {
            return false;
        }

        Await(next);
        return true;
    }

    private void Await(MilterEvent sent)
    {
        _awaited = sent;
        _reader.Expect(sent);
    }

    private void ThrowIfWaiting()
    {
        if (_awaited is { } awaited)
        {
            throw new InvalidOperationException($"The answer to {awaited} was not read yet");
        }
    }
}
