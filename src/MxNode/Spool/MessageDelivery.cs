using System.Net;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Spool;

/// <summary>Tries to deliver a queued message once, to all recipients that wait: those with the same next hops in one transaction.</summary>
internal sealed class MessageDelivery(DestinationFinder destinations, IDeliveryMethod forwarder, OwnIdentity self)
{
    private static readonly SmtpReply DnsFailure = new(451, "4.4.3", "the domain's MX records cannot be looked up now");
    private static readonly SmtpReply NoRealMx = new(451, "4.4.4", "the domain has no mail exchanger but the magic one now");
    private static readonly SmtpReply NullMx = new(556, "5.1.10", "the domain takes no mail (null MX)");
    private static readonly SmtpReply NoDomain = new(550, "5.1.2", "the domain does not exist");

    /// <param name="message">The message.</param>
    /// <param name="state">Its state.</param>
    /// <param name="stop">The node stops; heeded until a next hop has the whole text.</param>
    /// <exception cref="OperationCanceledException">The node stops.</exception>
    public async Task<AttemptResult> TryAsync(LoadedMessage message, QueueState state, CancellationToken stop)
    {
        var envelope = message.Envelope;
        var results = new List<RecipientResult>();
        var groups = new Dictionary<string, (Destination Destination, List<int> Places)>();
        bool? reached = null;
        foreach (var domain in Enumerable.Range(0, envelope.Recipients.Count).Where(i => !state.IsDone(i)).GroupBy(i => envelope.Recipients[i].Domain))
        {
            var answer = await destinations.FindNextHopAsync(domain.Key, stop);
            if (answer.Destination is { } destination)
            {
                if (!groups.TryGetValue(destination.Key, out var group))
                {
                    groups[destination.Key] = group = (destination, []);
                }

                group.Places.AddRange(domain);
            }
            else
            {
                results.AddRange(domain.Select(place => new RecipientResult(place, WhyNot(answer.Status), "")));
            }
        }

        foreach (var (destination, places) in groups.Values)
        {
            var sent = await DeliverAsync(message, destination, places, stop);
            reached = Reached(sent) ?? reached;
            results.AddRange(sent);
        }

        return new AttemptResult(results, reached);
    }

    private static bool? Reached(List<RecipientResult> sent) =>
        sent.Exists(r => r.NextHop.Length > 0) ? true
        : sent.TrueForAll(r => RelayReplies.IsBusy(r.Reply)) ? null
        : false;

    private static SmtpReply WhyNot(DestinationStatus status) => status switch
    {
        DestinationStatus.NullMx => NullMx,
        DestinationStatus.NoRealMx => NoRealMx,
        DestinationStatus.NotSubscribed => NoDomain,
        _ => DnsFailure,
    };

    // A next hop that takes some recipients and has too many of the others (RFC 5321, section 4.5.3.1.10) gets these in a transaction of their own.
    private async Task<List<RecipientResult>> DeliverAsync(LoadedMessage message, Destination destination, List<int> places, CancellationToken stop)
    {
        var results = new List<RecipientResult>();
        while (true)
        {
            var sent = await DeliverOnceAsync(message, destination, places, stop);
            var tooMany = sent.Any(r => r.Reply.IsPositive) ? sent.FindAll(r => r.Reply is { Code: 452, Status: { Subject: 5, Detail: 3 } }) : [];
            results.AddRange(sent.Except(tooMany));
            if (tooMany.Count == 0)
            {
                return results;
            }

            places = tooMany.ConvertAll(r => r.Place);
        }
    }

    private async Task<List<RecipientResult>> DeliverOnceAsync(LoadedMessage message, Destination destination, List<int> places, CancellationToken stop)
    {
        var envelope = message.Envelope;
        await using var delivery = forwarder.Begin(destination, ClientOf(envelope), envelope.ToMail(message.Text.Length));
        var answers = await delivery.AddRecipientsAsync(places.ConvertAll(p => envelope.Recipients[p].ToCommand()), stop);
        if (!answers.Any(a => a.IsPositive))
        {
            return [.. places.Select((place, i) => new RecipientResult(place, answers[i], delivery.NextHop))];
        }

        var result = await delivery.CommitAsync(message.Text.ToOutgoing(envelope.Facts), stop);
        return [.. places.Select((place, i) => new RecipientResult(place, answers[i].IsPositive ? result.Reply : answers[i], result.NextHop) { NextHopReports = result.NextHopReports })];
    }

    private ClientFacts ClientOf(QueuedEnvelope envelope) =>
        envelope.Client?.ToFacts() ?? new ClientFacts(IPAddress.None, 0, null, self.HostName, "ESMTP") { IsNodeItself = true };
}
