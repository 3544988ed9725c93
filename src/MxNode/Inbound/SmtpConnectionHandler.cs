using System.Net;
using Microsoft.AspNetCore.Connections;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>Takes a connection from Kestrel, finds out who the client is, and runs its sessions: one, and another after each XCLIENT.</summary>
internal sealed class SmtpConnectionHandler(
    InboundContext context,
    SessionFactory sessions,
    ConnectionRegistry connections,
    TrustBook trust,
    ForwardConfirmedName reverseNames,
    SessionJournal journal) : ConnectionHandler
{
    // A proxy sends its header at once, before anything of the client.
    private static readonly TimeSpan ProxyHeaderTime = TimeSpan.FromSeconds(5);

    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        if (connection.RemoteEndPoint is not IPEndPoint remote)
        {
            return;
        }

        await using var wire = new SmtpWire(connection, context.Time);
        var peer = Plain(remote);
        var proxyItself = false;
        if (context.Smtp.ProxyFrom.Any(n => n.Contains(peer.Address)))
        {
            var (addresses, fault) = await ReadProxyHeaderAsync(wire);
            if (fault is not null)
            {
                context.Log.NoProxyHeader(peer.ToString(), fault);
                return;
            }

            // From here on the proxied client is the peer; the proxy's own privileges no longer apply.
            proxyItself = addresses is null;
            peer = addresses is null ? peer : Plain(addresses.Source);
        }

        var client = peer;
        string? name = null;
        for (var greetDelay = !proxyItself; ; greetDelay = false)
        {
            var address = client.Address;
            var session = new Session(wire, peer.Address, client, () => reverseNames.FindAsync(address, wire.Gone), trust, context.Time)
            {
                XclientName = name,
                IsProxyItself = proxyItself,
            };
            if (await RunAsync(wire, session, greetDelay) is not { } next)
            {
                return;
            }

            client = new IPEndPoint(next.Address ?? client.Address, next.Port ?? client.Port);
            name = next.Name;
        }
    }

    private async Task<XclientFacts?> RunAsync(SmtpWire wire, Session session, bool greetDelay)
    {
        if (!session.IsProxyItself && connections.TryAdd(wire, session) is { } reason)
        {
            var reply = RateReplies.IsAboutRate(reason) ? sessions.RateReplies.For(new Refusal(reason), session.Client.Address, session.Id) : Replies.For(reason);
            wire.Write(reply);
            await wire.FlushAsync(); // the socket is not kept for a client that goes on sending: it takes a descriptor and no place
            session.Summary.NoteEnd(reply, reason);
            journal.Note(session);
            return null;
        }

        session.LookUpName();
        using var span = NodeTracing.Serve("smtp session");
        var smtp = sessions.Create(wire, session);
        context.Metrics.SessionStarted();
        try
        {
            await smtp.RunAsync(greetDelay);
        }
        catch (OperationCanceledException) when (wire.Gone.IsCancellationRequested)
        {
            // A hook or the delivery has stopped waiting for a client that is gone.
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            context.Log.SessionFailed(session.Id, session.Block.ToString(), e);
            session.Summary.Outcome = "error";
            wire.Write(Replies.For(RefusalReason.InternalError));
            await wire.FlushAsync();
        }
        finally
        {
            connections.Remove(wire, session);
            context.Metrics.SessionEnded(session.Summary.Outcome, session.Summary.Held);
            journal.Note(session);
            session.Describe(span);
        }

        return smtp.NewClient;
    }

    private static async ValueTask<(ProxyAddresses? Addresses, string? Fault)> ReadProxyHeaderAsync(SmtpWire wire)
    {
        ProxyAddresses? addresses = null;
        var status = ProxyStatus.NeedMore;
        var what = await wire.ReadUntilAsync(
            result =>
            {
                var buffer = result.Buffer;
                status = ProxyHeader.TryParse(ref buffer, out addresses);
                return (status == ProxyStatus.NeedMore ? null : status == ProxyStatus.Parsed, buffer.Start);
            },
            ProxyHeaderTime);
        return (addresses, (what, status) switch
        {
            (WireEvent.Line, _) => null,
            (WireEvent.TimedOut, _) => "the PROXY header did not come in time",
            (_, ProxyStatus.Malformed) => "what came is no PROXY header",
            (_, ProxyStatus.TooLong) => "the PROXY header is over 4112 octets",
            _ => "the connection ended before the PROXY header",
        });
    }

    private static IPEndPoint Plain(IPEndPoint endPoint) => new(endPoint.Address.Unmapped(), endPoint.Port);
}
