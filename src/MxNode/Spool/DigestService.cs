using MimeKit;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Spool;

/// <summary>Sends the operator once a day what failed without a report to its sender: to <c>Node:Postmaster</c>, else to the log.</summary>
internal sealed class DigestService(DropDigest digest, QueueIntake queue, NodeOptions node, NodeHealth health, ILogger<DigestService> logger)
    : PeriodicService("queue digest", LookEvery, health)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromHours(1);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    protected override bool TicksAtStart => true;

    protected override async Task TickAsync(CancellationToken stopping)
    {
        try
        {
            if (await digest.TakeAsync(Day) is { } list)
            {
                await SendAsync(list);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            SpoolLog.NoDigest(logger, e.Message);
        }
    }

    private async Task SendAsync(string list)
    {
        SpoolLog.Dropped(logger, list.Count(c => c == '\n'));
        if (node.PostmasterMailbox() is not { } postmaster)
        {
            return;
        }

        using var message = new MimeMessage();
        message.From.Add(new MailboxAddress("ThrottleNet", $"MAILER-DAEMON@{node.HostName}"));
        message.To.Add(new MailboxAddress("", postmaster.ToString()));
        message.Subject = $"{node.Name}: mail that failed without a report to its sender";
        message.Date = Time.GetUtcNow();
        message.Headers.Add("Auto-Submitted", "auto-generated");
        message.Body = new TextPart("plain")
        {
            Text = $"The messages below were accepted by the queue of {node.HostName} and could not be\ndelivered. Their senders are not proven, so they got no report (docs/operator.md).\n\n{list}",
        };
        using var octets = new MemoryStream();
        var format = FormatOptions.Default.Clone();
        format.NewLineFormat = NewLineFormat.Dos;
        message.WriteTo(format, octets);
        await queue.AddAsync(
            id => new QueuedEnvelope(id, Time.GetUtcNow(), null, [QueuedRecipient.Of(new RcptCommand(postmaster)) with { Notify = "NEVER" }], null),
            new OutgoingMessage(default, new OctetText(octets.ToArray())));
    }
}
