using System.Net;
using Microsoft.AspNetCore.Connections;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>Takes a connection from Kestrel, finds out who it is, and runs its sessions: one, and another after each XCLIENT.</summary>
internal sealed class SmtpConnectionHandler(
    SmtpServices services,
    ConnectionRegistry connections,
    TrustBook trust,
    ForwardConfirmedName reverseNames) : ConnectionHandler
{
    // A proxy sends its header at once, before anything of the client.
    private static readonly TimeSpan ProxyHeaderTime = TimeSpan.FromSeconds(5);

    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        if (connection.RemoteEndPoint is not IPEndPoint remote)
        {
            return;
        }

        await using var wire = new SmtpWire(connection, services.Time);
        var peer = Plain(remote);
        if (services.MustSendProxyHeader(peer.Address))
        {
            if (await ReadProxyHeaderAsync(wire, peer) is not { } named)
            {
                services.Log.NoProxyHeader(peer.ToString());
                return;
            }

            // Whoever it names stands where it stood: what the proxy itself may do is not for its clients.
            peer = named;
        }

        var client = peer;
        string? name = null;
        for (var greet = true; ; greet = false)
        {
            var session = new Session(wire, peer.Address, client, reverseNames.FindAsync(client.Address, wire.Gone), trust, services.Time) { XclientName = name };
            if (await RunAsync(wire, session, greet) is not { } next)
            {
                return;
            }

            client = new IPEndPoint(next.Address ?? client.Address, next.Port ?? client.Port);
            name = next.Name;
        }
    }

    private async Task<XclientFacts?> RunAsync(SmtpWire wire, Session session, bool greet)
    {
        if (connections.TryAdd(wire, session.Block, session.IsTrusted) is { } reason)
        {
            wire.Write(Replies.For(new Refusal(reason)));
            await wire.LingerAsync();
            session.Summary.Note(new Refusal(reason));
            session.Summary.Outcome = "refused";
            services.Log.Session(session, services.Time);
            return null;
        }

        var smtp = new SmtpSession(wire, session, services);
        services.Metrics.SessionStarted();
        try
        {
            await smtp.RunAsync(greet);
        }
        catch (OperationCanceledException) when (wire.Gone.IsCancellationRequested)
        {
            // A hook has stopped waiting for a client that is gone.
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            services.Log.SessionFailed(session.Id, session.Block.ToString(), e);
            session.Summary.Outcome = "error";
            wire.Write(Replies.For(new Refusal(RefusalReason.InternalError)));
            await wire.FlushAsync();
        }
        finally
        {
            connections.Remove(wire, session.Block);
            services.Metrics.SessionEnded(session.Summary);
            services.Log.Session(session, services.Time);
        }

        return smtp.NewClient;
    }

    private static async ValueTask<IPEndPoint?> ReadProxyHeaderAsync(SmtpWire wire, IPEndPoint peer)
    {
        ProxyAddresses? addresses = null;
        var read = await wire.ReadPrefixAsync(
            buffer =>
            {
                var status = ProxyHeader.TryParse(ref buffer, out addresses);
                return (status == ProxyStatus.NeedMore ? null : status == ProxyStatus.Parsed, buffer.Start);
            },
            ProxyHeaderTime);
        return read ? Plain(addresses?.Source ?? peer) : null;
    }

    private static IPEndPoint Plain(IPEndPoint endPoint) => new(endPoint.Address.Unmapped(), endPoint.Port);
}
