using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>Reads one message's text from the client, as it follows DATA or in BDAT chunks.</summary>
internal sealed class TextIntake(SmtpWire wire, Session session, InboundContext context, MessageText text, bool inChunks) : IAsyncDisposable
{
    private readonly MessageTextReader _reader = new(context.Smtp.MaxMessageSize, context.Smtp.BareLineEnds, isDotStuffed: !inChunks);
    private readonly long _begun = context.Time.GetTimestamp();

    /// <summary>The text as a draft, once it is complete.</summary>
    public MessageDraft CreateDraft() => new(text, new TextFacts(_reader.IsEightBit, _reader.IsHeaderEightBit));

    private TimeSpan TimeLeft => context.Smtp.TextTimeout - context.Time.GetElapsedTime(_begun);

    /// <summary>Reads to the end of data. <see cref="Step.Continue"/>: the text is complete and good.</summary>
    public async ValueTask<Step> ReadAsync()
    {
        using var phase = NodeTracing.Phase("text");
        return Judge(await wire.Content.ReadTextAsync(_reader, text, context.Limits.DataTimeout, TimeLeft));
    }

    /// <summary>
    /// Reads one chunk; its octets are consumed unless the session ends. <see cref="Step.Continue"/>: the text is good so far. Chunks that
    /// come after the text's time are not read, however small they are: a client would hold its transaction for ever by empty ones.
    /// </summary>
    public async ValueTask<Step> ReadChunkAsync(BdatArgument chunk)
    {
        if (TimeLeft <= TimeSpan.Zero)
        {
            return Step.End(RefusalReason.Idle);
        }

        var what = await wire.Content.ReadChunkAsync(chunk.Size, _reader, text, context.Limits.DataTimeout, TimeLeft);
        if (chunk.IsLast)
        {
            _reader.FinishChunks(text);
        }

        return Judge(what);
    }

    public ValueTask DisposeAsync() => text.DisposeAsync();

    private Step Judge(WireEvent what)
    {
        if (what != WireEvent.Line)
        {
            return what == WireEvent.TimedOut ? Step.End(RefusalReason.Idle) : Step.Gone;
        }

        if (text.Failure is { } failure)
        {
            context.Log.TextNotStored(session.Id, failure.Message);
            return Step.Refuse(RefusalReason.StorageFailure);
        }

        return _reader.Fault switch
        {
            TextFault.None => Step.Continue,
            TextFault.TooBig => Step.Refuse(RefusalReason.MessageTooBig),
            _ => Step.Refuse(RefusalReason.BareLineEnd),
        };
    }
}
