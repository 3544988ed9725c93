using System.Net;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.TrustList;

namespace ThrottleNet.MxNode.Guard;

/// <summary>
/// Decides about a client that came to a protected destination directly. When it does not know something, it defers: it neither lets
/// through nor refuses nor counts by mistake.
/// </summary>
internal sealed class GuardJudge(TrustBook trust, ISightings sightings, CourtesyBook courtesies, OwnAddresses own)
{
    /// <param name="question">Null: the request was no question.</param>
    /// <param name="cancel">Cancels the question to the relays.</param>
    public async ValueTask<GuardDecision> JudgeAsync(GuardQuestion? question, CancellationToken cancel) => question switch
    {
        null => new GuardDecision(GuardReason.Unsure, null),
        { IsAuthenticated: true } => new GuardDecision(GuardReason.Authenticated, question.Address),
        { Address: null } => new GuardDecision(GuardReason.Unsure, null),
        { Address: { } address } => await JudgeAsync(address, question, cancel) with { Mail = question.Mail },
    };

    private async ValueTask<GuardDecision> JudgeAsync(IPAddress address, GuardQuestion question, CancellationToken cancel)
    {
        var listed = trust.IsTrusted(address, out _);
        if (listed == true)
        {
            return new GuardDecision(GuardReason.Trusted, address);
        }

        var isOwn = own.Holds(address);
        var sighting = await sightings.AskAsync(address, cancel);
        var reason = sighting switch
        {
            null => GuardReason.Unsure,
            { Trusted: true } => GuardReason.Trusted,
            { Relay: true } when !isOwn => GuardReason.Relay,
            { } known => await CameByRelayAsync(question.Server, cancel) switch
            {
                true => GuardReason.Relay,
                null => GuardReason.Unsure,
                false => listed is null ? GuardReason.Unsure : Count(address, known.Seen, question.Mail),
            },
        };
        return new GuardDecision(reason, address, IsSpared: isOwn || sighting is { InTrustedBlock: true }, sighting?.PassesIn ?? default);
    }

    private GuardReason Count(IPAddress address, bool isSeen, string mail)
    {
        if (isSeen)
        {
            courtesies.Forget(IpBlock.Of(address));
            return GuardReason.Seen;
        }

        // Without an id, the recipients of one mail look like many mails, so nothing is counted.
        return mail.Length == 0 || courtesies.TryGrant(IpBlock.Of(address), mail) ? GuardReason.Courtesy : GuardReason.Exhausted;
    }

    // Where Postfix lets relays name their clients (smtpd_authorized_xclient_hosts), it shows the client that a relay named, and as its
    // own address the one that this client called, which is the relay's (XCLIENT_README, DESTADDR). No other client can make it show
    // that. A relay is called at port 25, and no other server has that place. For a client that came directly, Postfix shows its own
    // address; that a node has this address too does not make the client a relay.
    private async ValueTask<bool?> CameByRelayAsync(IPAddress? server, CancellationToken cancel)
    {
        if (server is null || IPAddress.IsLoopback(server))
        {
            return false;
        }

        if (own.Holds(server))
        {
            return own.TakesMailAt(server);
        }

        var listed = trust.IsTrusted(server, out var entry);
        if (listed != false && entry is { Kind: TrustKind.Relay })
        {
            return listed;
        }

        return (await sightings.AskAsync(server, cancel))?.Relay;
    }
}
