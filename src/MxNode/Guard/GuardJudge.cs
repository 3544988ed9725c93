using System.Net;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.Protocol.Postfix;
using ThrottleNet.TrustList;

namespace ThrottleNet.MxNode.Guard;

/// <summary>
/// Decides about a host that came to a protected destination direct. Whatever cannot be told is deferred: nobody is let through,
/// refused or counted by mistake.
/// </summary>
internal sealed class GuardJudge(TrustBook trust, ISightings sightings, CourtesyBook courtesies, OwnAddresses own)
{
    /// <param name="request">Null: what came was none.</param>
    /// <param name="cancel">The mail server has hung up.</param>
    public async ValueTask<GuardDecision> JudgeAsync(PolicyRequest? request, CancellationToken cancel)
    {
        if (request?["request"] != "smtpd_access_policy")
        {
            return new GuardDecision(GuardReason.Unsure, null);
        }

        var address = AddressOf(request["client_address"]);
        if (request["sasl_username"].Length > 0)
        {
            return new GuardDecision(GuardReason.Authenticated, address);
        }

        return address is null ? new GuardDecision(GuardReason.Unsure, null) : await JudgeAsync(address, request, cancel);
    }

    // Postfix says "unknown" where it has none; and a network is no client.
    private static IPAddress? AddressOf(string text) =>
        !text.Contains('/', StringComparison.Ordinal) && NetworkText.TryParse(text, out var network, out _) ? network.BaseAddress : null;

    private async ValueTask<GuardDecision> JudgeAsync(IPAddress address, PolicyRequest request, CancellationToken cancel)
    {
        var listed = trust.Vouches(address, out _);
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
            { Node: true } when !isOwn => GuardReason.Relay,
            { } known => await CameByRelayAsync(request, cancel) switch
            {
                true => GuardReason.Relay,
                null => GuardReason.Unsure,
                false => listed is null ? GuardReason.Unsure : Count(address, known.Seen, request["instance"]),
            },
        };
        return new GuardDecision(reason, address, IsSpared: isOwn || sighting is { TrustedNeighbour: true });
    }

    private GuardReason Count(IPAddress address, bool isSeen, string mail)
    {
        if (isSeen)
        {
            courtesies.Forget(IpBlock.Of(address));
            return GuardReason.Seen;
        }

        // Without an instance nobody can tell one mail's recipients from many mails.
        return mail.Length == 0 || courtesies.TryGrant(IpBlock.Of(address), mail) ? GuardReason.Courtesy : GuardReason.Exhausted;
    }

    // Where Postfix lets relays name their clients (smtpd_authorized_xclient_hosts) it shows the client that a relay named, and as
    // its own address the one that this client called: the relay's (XCLIENT_README, DESTADDR). Nobody else can make it say so. A
    // relay is called at port 25, and no other server is at that place; what listens elsewhere is a test of somebody's. Of a client
    // that came direct Postfix shows its own address: that it is a node's as well makes no relay of the client.
    private async ValueTask<bool?> CameByRelayAsync(PolicyRequest request, CancellationToken cancel)
    {
        if (request["server_port"] != "25" || AddressOf(request["server_address"]) is not { } server || IPAddress.IsLoopback(server))
        {
            return false;
        }

        if (own.Holds(server))
        {
            return own.TakesMailAt(server);
        }

        var listed = trust.Vouches(server, out var entry);
        if (listed != false && entry is { Kind: TrustKind.Relay })
        {
            return listed;
        }

        return (await sightings.AskAsync(server, cancel))?.Node;
    }
}
