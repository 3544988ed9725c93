using System.Net;
using ThrottleNet.MxNode.Inbound;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Doctor;

/// <summary>What this node answers to RCPT.</summary>
/// <param name="Reply">The reply to the sender.</param>
/// <param name="NextHop">The next hop that gave it; empty: the node's own.</param>
internal sealed record NodeAnswer(SmtpReply Reply, string NextHop);

/// <summary>
/// Takes one recipient through the classes by which the node itself answers RCPT, up to the next hop's reply. No message is sent, and nothing
/// is counted. The trial is made once for all checks.
/// </summary>
internal sealed class NodeTrial(IDeliveryMethod deliveries, OwnIdentity self)
{
    private readonly Lock _lock = new();
    private Task<NodeAnswer>? _answer;

    public Task<NodeAnswer> AnswerAsync(DomainView view, CancellationToken cancel)
    {
        lock (_lock)
        {
            return _answer ??= TryAsync(view, cancel);
        }
    }

    /// <summary>The answer, if it has come.</summary>
    public NodeAnswer? Known()
    {
        lock (_lock)
        {
            return _answer is { IsCompletedSuccessfully: true } ? _answer.Result : null;
        }
    }

    /// <summary>Every domain has this mailbox (RFC 5321, section 4.5.1).</summary>
    public static Mailbox PostmasterOf(string domain) => new("postmaster", domain);

    private async Task<NodeAnswer> TryAsync(DomainView view, CancellationToken cancel)
    {
        if (DestinationRefusals.For(view.Found.Status) is { } reason)
        {
            return new NodeAnswer(Replies.For(reason), "");
        }

        var client = new ClientFacts(IPAddress.None, 0, null, self.HostName, "ESMTP") { IsNodeItself = true };
        await using var delivery = deliveries.Begin(view.Found.Destination!, client, new MailCommand(null, null, BodyType.SevenBit, SmtpUtf8: false));
        var replies = await delivery.AddRecipientsAsync([new RcptCommand(PostmasterOf(view.Domain))], cancel);
        return new NodeAnswer(replies[0], delivery.NextHop);
    }
}
