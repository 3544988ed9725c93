using ThrottleNet.MxNode.Relay;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Spool;

/// <summary>What the queue stores of a message beside its text and its state. It never changes.</summary>
/// <param name="Id">The message.</param>
/// <param name="Arrived">When the client was answered 250.</param>
/// <param name="Sender">The reverse-path; null for the null reverse-path.</param>
/// <param name="Recipients">Those that were accepted; states refer to them by their place here.</param>
/// <param name="Client">The client; null for a report that this node made.</param>
internal sealed record QueuedEnvelope(
    QueueId Id, DateTimeOffset Arrived, QueuedRecipient? Sender, IReadOnlyList<QueuedRecipient> Recipients, QueuedClient? Client)
{
    public BodyType Body { get; init; }

    public bool SmtpUtf8 { get; init; }

    /// <inheritdoc cref="MailCommand.Return"/>
    public string? Return { get; init; }

    /// <inheritdoc cref="MailCommand.EnvelopeId"/>
    public string? EnvelopeId { get; init; }

    public TextFacts Facts { get; init; }

    /// <summary>The MAIL command for the next hop.</summary>
    /// <param name="size">Octets of the text.</param>
    public MailCommand ToMail(long size) => new(Sender?.ToMailbox(), size, Body, SmtpUtf8) { Return = Return, EnvelopeId = EnvelopeId };
}
