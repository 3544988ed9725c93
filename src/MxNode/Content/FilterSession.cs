using System.Buffers;
using ThrottleNet.Protocol.Milter;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Content;

/// <summary>
/// One client's session with one filter. If the filter fails, it is asked again at the next MAIL, in a new connection in which the client's earlier events are
/// reported again; until then the outcome is <see cref="FilterOutcome.Unavailable"/>. For one caller at a time.
/// </summary>
internal sealed class FilterSession(ContentFilter filter, FilterFacts facts, CancellationToken gone)
{
    private static readonly SmtpReply Discarded = new(550, "5.7.1", "a content filter would drop this message without a word, so it is refused");

    private FilterConnection? _connection;
    private string? _hello;         // the last one reported to the filter
    private bool _helloOnTls;
    private bool _isDone;           // the filter wants no more of this client
    private bool _failed;           // until the next MAIL
    private FilterResult? _refused; // all that follows of this client
    private FilterResult? _dropped; // all that follows of this message

    /// <inheritdoc cref="ContentFilter.Name"/>
    public string Name => filter.Name;

    /// <summary>Reports the client, if a connection is free. What fails here is tried again at MAIL.</summary>
    public async ValueTask<FilterResult> ConnectAsync(PhaseBudget budget)
    {
        var result = await TryAsync(() => OpenAsync(early: true, budget));
        return result.Outcome == FilterOutcome.Unavailable ? FilterResult.Pass : result;
    }

    /// <summary>Reports HELO or EHLO, if the filter knows of the client. What fails here is tried again at MAIL.</summary>
    public async ValueTask<FilterResult> HeloAsync(PhaseBudget budget)
    {
        var result = await TryAsync(() => _connection is null ? default : ReportHelloAsync(budget));
        return result.Outcome == FilterOutcome.Unavailable ? FilterResult.Pass : result;
    }

    /// <summary>Reports an unknown command, if the filter knows of the client. A failure here refuses nothing.</summary>
    public async ValueTask<FilterResult> UnknownAsync(string line, PhaseBudget budget)
    {
        var result = await TryAsync(() => _connection is null ? default : AskAsync((m, o) => m.Unknown(o, line), budget));
        return result.Outcome == FilterOutcome.Unavailable ? FilterResult.Pass : result;
    }

    /// <summary>Reports MAIL, and before it what the filter has not heard yet.</summary>
    public ValueTask<FilterResult> MailAsync(IReadOnlyList<string> arguments, PhaseBudget budget)
    {
        _failed = false;
        return TryAsync(async () =>
        {
            if (_connection is null && await OpenAsync(early: false, budget) is { Outcome: not FilterOutcome.Pass } atConnect)
            {
                return atConnect;
            }

            var atHello = _isDone ? default : await ReportHelloAsync(budget);
            return atHello.Outcome != FilterOutcome.Pass || _isDone ? atHello : await AskAsync((m, o) => m.Mail(o, arguments, facts.Macro), budget);
        });
    }

    public ValueTask<FilterResult> RecipientAsync(IReadOnlyList<string> arguments, PhaseBudget budget) =>
        TryAsync(() => AskAsync((m, o) => m.Recipient(o, arguments, facts.Macro), budget));

    public ValueTask<FilterResult> DataAsync(PhaseBudget budget) => TryAsync(() => AskAsync((m, o) => m.Data(o, facts.Macro), budget));

    /// <summary>Reports the text. <paramref name="onChange"/> gets what the filter asks for; it holds only if the outcome is Pass.</summary>
    public ValueTask<FilterResult> MessageAsync(HeaderSection header, IAsyncEnumerable<ReadOnlyMemory<byte>> body, Func<MilterRead, ValueTask> onChange, PhaseBudget budget) =>
        TryAsync(async () =>
        {
            foreach (var field in header.Fields)
            {
                if (await AskAsync((m, o) => m.Header(o, field.Name, MilterHeaders.Value(field)), budget) is { Outcome: not FilterOutcome.Pass } atHeader)
                {
                    return atHeader;
                }
            }

            if (await AskAsync((m, o) => m.EndOfHeaders(o, facts.Macro), budget) is { Outcome: not FilterOutcome.Pass } atEnd)
            {
                return atEnd;
            }

            if (_connection!.Protocol.WantsBody && await BodyAsync(body, budget) is { Outcome: not FilterOutcome.Pass } atBody)
            {
                return atBody;
            }

            var result = await AskAsync((m, o) => m.EndOfMessage(o, facts.Macro), budget, onChange);
            filter.Health.Worked();
            return result;
        });

    /// <summary>The message under way is over.</summary>
    public void Abort()
    {
        _dropped = null;
        if (!_failed)
        {
            _connection?.Abort();
        }
    }

    /// <summary>The client is gone.</summary>
    public async ValueTask CloseAsync()
    {
        if (_connection is { } connection)
        {
            _connection = null;
            filter.Release();
            await filter.ReturnAsync(connection);
        }
    }

    /// <inheritdoc cref="ContentFilter.ReportImpossible"/>
    public void ReportImpossible(string change) => filter.ReportImpossible(change);

    private async ValueTask<FilterResult> TryAsync(Func<ValueTask<FilterResult>> phase)
    {
        if ((_refused ?? _dropped) is { } said)
        {
            return said;
        }

        if (_isDone || _failed)
        {
            return _failed ? FilterResult.Unavailable : FilterResult.Pass;
        }

        try
        {
            return await phase();
        }
        catch (FilterException e)
        {
            await LoseAsync();
            _failed = true;
            gone.ThrowIfCancellationRequested();
            filter.Health.Failed(e);
            return FilterResult.Unavailable;
        }
    }

    private async ValueTask<FilterResult> OpenAsync(bool early, PhaseBudget budget)
    {
        if (!filter.Health.MayAsk())
        {
            // Not a failure: a failure would put off the next question, and clients that come in quick succession would put it off for ever.
            _failed = true;
            return FilterResult.Unavailable;
        }

        if (!await filter.TryReserveAsync(early, budget, gone))
        {
            return FilterResult.Pass;
        }

        for (var fresh = false; ; fresh = true)
        {
            try
            {
                _connection = await filter.ConnectAsync(fresh, budget, gone);
                return await AskAsync((m, o) => m.Connect(o, facts.Peer, facts.Macro), budget);
            }
            catch (FilterException e) when (!fresh && e.Fault == FilterFault.HungUp && _connection is { WasKept: true } stale)
            {
                // The filter was restarted, or kept the connection for less long than this node did.
                _connection = null;
                await stale.DisposeAsync();
            }
            catch (FilterException) when (_connection is null)
            {
                filter.Release();
                throw;
            }
        }
    }

    private async ValueTask<FilterResult> ReportHelloAsync(PhaseBudget budget)
    {
        if (facts.Hello is not { } hello || (hello == _hello && _helloOnTls == facts.Tls is not null))
        {
            return FilterResult.Pass;
        }

        (_hello, _helloOnTls) = (hello, facts.Tls is not null);
        return await AskAsync((m, o) => m.Helo(o, hello, facts.Macro), budget);
    }

    private async ValueTask<FilterResult> BodyAsync(IAsyncEnumerable<ReadOnlyMemory<byte>> body, PhaseBudget budget)
    {
        var chunk = ArrayPool<byte>.Shared.Rent(MilterLimits.Chunk);
        var length = 0;
        try
        {
            await foreach (var piece in body)
            {
                for (var rest = piece; rest.Length > 0;)
                {
                    var part = rest[..Math.Min(rest.Length, MilterLimits.Chunk - length)];
                    part.CopyTo(chunk.AsMemory(length));
                    length += part.Length;
                    rest = rest[part.Length..];
                    if (length == MilterLimits.Chunk)
                    {
                        if (await AskAsync((m, o) => m.Body(o, chunk.AsSpan(0, MilterLimits.Chunk)), budget) is { Outcome: not FilterOutcome.Pass } refused)
                        {
                            return refused;
                        }

                        length = 0;
                    }
                }
            }

            return length > 0 ? await AskAsync((m, o) => m.Body(o, chunk.AsSpan(0, length)), budget) : FilterResult.Pass;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    private async ValueTask<FilterResult> AskAsync(Func<MilterClient, IBufferWriter<byte>, bool> send, PhaseBudget budget, Func<MilterRead, ValueTask>? onChange = null)
    {
        if (_connection is not { } connection)
        {
            return FilterResult.Pass;
        }

        if (await connection.AskAsync(send, budget, onChange) is not { } answer)
        {
            return FilterResult.Pass;
        }

        filter.Health.Answered();
        var result = answer.Verdict switch
        {
            MilterVerdict.Refuse or MilterVerdict.Disconnect => FilterResult.Refuse(answer.Reply!),
            MilterVerdict.Discard => _dropped ??= FilterResult.Refuse(Discarded),
            _ => FilterResult.Pass,
        };
        if (connection.Protocol.IsDone)
        {
            filter.Health.Worked();
            _isDone = true;
            _refused = result.Outcome == FilterOutcome.Refused ? result : null;
            await CloseAsync();
        }

        return result;
    }

    private async ValueTask LoseAsync()
    {
        (_hello, _helloOnTls) = (null, false);
        if (_connection is { } connection)
        {
            _connection = null;
            await connection.DisposeAsync();
            filter.Release();
        }
    }
}
