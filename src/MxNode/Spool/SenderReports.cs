using ThrottleNet.MxNode.Relay;

namespace ThrottleNet.MxNode.Spool;

/// <summary>
/// Reports to senders what became of their messages, as they asked by DSN parameters (RFC 3461). A sender that is not proven
/// (<see cref="SenderProof"/>) gets none: the reverse-path may be a victim's. Recipients dropped this way are in the operator's digest.
/// </summary>
internal sealed class SenderReports(QueueIntake queue, SenderProof proof, DropDigest digest, OwnIdentity self, SpoolEvents events, TimeProvider time)
{
    /// <summary>A report of delay is sent after this time.</summary>
    public static readonly TimeSpan DelayAfter = TimeSpan.FromHours(4);

    // Of the message that a report gives back.
    private const int MaxText = 100 * 1024;

    private readonly DeliveryReport _report = new(self.HostName);

    /// <summary>Reports recipients that have failed.</summary>
    /// <returns>Null if nothing is left to do; otherwise why the report cannot be sent now, and the caller keeps the message.</returns>
    public async Task<string?> FailedAsync(LoadedMessage message, IReadOnlyList<RecipientResult> failed, bool isOver, CancellationToken stop)
    {
        var envelope = message.Envelope;
        List<RecipientResult> wanted = envelope.Sender is null ? [] : [.. failed.Where(r => Asks(envelope.Recipients[r.Place], "FAILURE", unasked: true))];
        var isProven = wanted.Count > 0 ? await proof.IsProvenAsync(message, stop) : false;
        if (isProven is null && !isOver)
        {
            return "the DNS does not answer";
        }

        var outcome = "no report was asked for";
        if (isProven == true)
        {
            if (await TrySendAsync(ReportKind.Failed, message, wanted, null) is { } error)
            {
                return error;
            }

            outcome = "the sender gets a report";
        }
        else if (wanted.Count > 0 || envelope.Sender is null)
        {
            var why = envelope.Sender is null ? "the sender is <>" : "the sender is not proven";
            await digest.AddAsync(envelope, envelope.Sender is null ? failed : wanted, why);
            outcome = $"no report, {why}";
        }

        events.Failed(envelope, failed, outcome, isReported: isProven == true);
        return null;
    }

    /// <summary>Reports recipients whose next hop does not report, to senders that asked for reports of success.</summary>
    public async Task RelayedAsync(LoadedMessage message, IReadOnlyList<RecipientResult> delivered, CancellationToken stop)
    {
        if (RelayedOf(message.Envelope, delivered) is { Count: > 0 } wanted && await proof.IsProvenAsync(message, stop) == true)
        {
            await TrySendAsync(ReportKind.Relayed, message, wanted, null);
        }
    }

    /// <summary>The recipients that <see cref="RelayedAsync"/> reports, if the sender is proven.</summary>
    public static List<RecipientResult> RelayedOf(QueuedEnvelope envelope, IReadOnlyList<RecipientResult> delivered) =>
        envelope.Sender is null ? [] : [.. delivered.Where(r => !r.NextHopReports && Asks(envelope.Recipients[r.Place], "SUCCESS", unasked: false))];

    /// <summary>Reports recipients that wait for long, to senders that asked for reports of delay.</summary>
    /// <returns>True: it was sent.</returns>
    public async Task<bool> DelayedAsync(LoadedMessage message, IReadOnlyList<RecipientResult> deferred, DateTimeOffset until, CancellationToken stop)
    {
        var envelope = message.Envelope;
        var wanted = deferred.Where(r => Asks(envelope.Recipients[r.Place], "DELAY", unasked: false)).ToList();
        return envelope.Sender is not null && wanted.Count > 0 && await proof.IsProvenAsync(message, stop) == true
            && await TrySendAsync(ReportKind.Delayed, message, wanted, until) is null;
    }

    private static bool Asks(QueuedRecipient recipient, string word, bool unasked) =>
        recipient.Notify is { } notify ? notify.ToUpperInvariant().Split(',').Contains(word) : unasked;

    // Null: it was queued. Else why it could not be.
    private async Task<string?> TrySendAsync(ReportKind kind, LoadedMessage message, IReadOnlyList<RecipientResult> results, DateTimeOffset? until)
    {
        try
        {
            await SendAsync(kind, message, results, until);
            return null;
        }
        catch (IOException e)
        {
            return e.Message;
        }
    }

    private async Task SendAsync(ReportKind kind, LoadedMessage message, IReadOnlyList<RecipientResult> results, DateTimeOffset? until)
    {
        var envelope = message.Envelope;
        var text = new MemoryStream();
        await foreach (var piece in message.Text.ReadPiecesAsync(0, CancellationToken.None))
        {
            text.Write(piece.Span);
            if (text.Length > MaxText)
            {
                break;
            }
        }

        var octets = _report.Make(kind, envelope, results, text.ToArray(), text.Length == message.Text.Length, time.GetUtcNow(), until);
        var isUtf8 = !envelope.Sender!.ToMailbox().IsAscii;
        await queue.AddAsync(
            id => new QueuedEnvelope(id, time.GetUtcNow(), null, [envelope.Sender with { Notify = "NEVER" }], null)
            {
                SmtpUtf8 = isUtf8,
                Facts = new TextFacts(isUtf8, isUtf8),
            },
            new OutgoingMessage(default, new OctetText(octets)));
    }
}
