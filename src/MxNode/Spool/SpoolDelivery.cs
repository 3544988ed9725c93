using System.Globalization;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Spool;

/// <summary>Takes one transaction into the queue. Recipients are not checked with their mail exchanger.</summary>
internal sealed class SpoolDelivery(QueueIntake queue, ClientFacts client, MailCommand mail, TimeProvider time) : IDelivery
{
    private static readonly SmtpReply RecipientOk = new(250, "2.1.5", "recipient noted");
    private static readonly SmtpReply NoRoom = new(452, "4.3.1", "no room for the message now, try again later");

    private readonly List<RcptCommand> _accepted = [];

    /// <inheritdoc/>
    public string NextHop => "queue";

    /// <inheritdoc/>
    public TlsReport Tls => TlsReport.None;

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<SmtpReply>> AddRecipientsAsync(IReadOnlyList<RcptCommand> recipients, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        _accepted.AddRange(recipients);
        return ValueTask.FromResult<IReadOnlyList<SmtpReply>>([.. recipients.Select(_ => RecipientOk)]);
    }

    /// <inheritdoc/>
    public async ValueTask<RelayResult> CommitAsync(OutgoingMessage message, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var started = time.GetTimestamp();
        var reply = await StoreAsync(message);
        return new RelayResult(reply, NextHop, null, message.Length, time.GetElapsedTime(started), PossibleDuplicate: false);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<SmtpReply> StoreAsync(OutgoingMessage message)
    {
        try
        {
            var id = await queue.AddAsync(ToEnvelope, message);
            return new SmtpReply(250, "2.0.0", string.Create(CultureInfo.InvariantCulture, $"queued as {id}"));
        }
        catch (IOException)
        {
            return NoRoom;
        }

        QueuedEnvelope ToEnvelope(QueueId id) => new(
            id, time.GetUtcNow(), mail.ReversePath is { } sender ? QueuedRecipient.Of(new RcptCommand(sender)) : null,
            [.. _accepted.Select(QueuedRecipient.Of)], QueuedClient.Of(client))
        {
            Body = mail.Body,
            SmtpUtf8 = mail.SmtpUtf8,
            Return = mail.Return,
            EnvelopeId = mail.EnvelopeId,
            Facts = message.Facts,
        };
    }
}
