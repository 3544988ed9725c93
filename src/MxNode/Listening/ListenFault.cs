using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using ThrottleNet.MxNode.Configuration;

namespace ThrottleNet.MxNode.Listening;

/// <summary>Says why an endpoint cannot be listened on: in one line that names the setting.</summary>
internal static class ListenFault
{
    /// <summary>The setting that names the endpoints of a feature.</summary>
    public static string SettingOf(Listener listener) => listener switch
    {
        Listener.GuardHttp => "Guard:HttpListen",
        Listener.AdminGrpc => "Admin:GrpcListen",
        Listener.Help => "Smtp:HelpListen",
        Listener.Dns => "Trust:DnsListen",
        _ => $"{listener}:Listen",
    };

    public static StartException Of(Listener listener, EndPoint endPoint, SocketException fault) =>
        new($"{SettingOf(listener)}: cannot listen on {endPoint} ({fault.Message.TrimEnd('.')}); {Advice(fault.SocketErrorCode)}", fault);

    /// <summary>Tries whether an endpoint could be listened on.</summary>
    /// <param name="listener">The feature that is to listen there.</param>
    /// <param name="endPoint">The endpoint.</param>
    /// <param name="mayBeTaken">That another program has the port now is no fault: it may be this node itself, which runs already.</param>
    /// <exception cref="StartException">It could not.</exception>
    public static void Expect(Listener listener, IPEndPoint endPoint, bool mayBeTaken)
    {
        try
        {
            using var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endPoint);
        }
        catch (SocketException e)
        {
            if (!mayBeTaken || e.SocketErrorCode != SocketError.AddressAlreadyInUse)
            {
                throw Of(listener, endPoint, e);
            }
        }
    }

    private static string Advice(SocketError error) => error switch
    {
        SocketError.AccessDenied => "ports below 1024 need a privilege: give the program CAP_NET_BIND_SERVICE (docs/operator.md, \"Bind port 25 without root\"), or name a higher port and forward this one to it",
        SocketError.AddressAlreadyInUse => "another program has that port for TCP or UDP: stop it, or name another address or port",
        _ => "name an address of this machine",
    };
}
