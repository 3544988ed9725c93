using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ThrottleNet.MxNode.Demo;

/// <summary>The two questions of a Postfix: the destination's asks its guard, a trusted sender's asks its direct map. Each has a connection of its own.</summary>
internal static class DemoPostfix
{
    /// <summary>Asks a guard about a client, and turns its answer into the reply that Postfix gives (SMTPD_POLICY_README, access(5)).</summary>
    /// <returns>The code, and the text with its enhanced status; null if the guard does not object.</returns>
    public static async Task<(int Code, string Text)?> AskGuardAsync(IPEndPoint guard, IPAddress client, string instance, string recipient)
    {
        var answer = await AskAsync(
            guard, $"request=smtpd_access_policy\nprotocol_state=RCPT\nclient_address={client}\ninstance={instance}\nrecipient={recipient}\n\n", "\n\n");
        var action = answer["action=".Length..].Trim();
        if (action == "DUNNO")
        {
            return null;
        }

        var (code, text) = action.Split(' ', 2) is [var first, var rest] ? (first, rest) : throw new FormatException(action);
        return (code == "DEFER" ? 450 : int.Parse(code, CultureInfo.InvariantCulture), text);
    }

    /// <summary>Asks a direct map for a domain (socketmap_table(5), transport(5)).</summary>
    /// <returns>The transport, e.g. smtp:[mail.example.com]; null if the map has none for the domain.</returns>
    public static async Task<string?> FindRouteAsync(IPEndPoint map, string domain)
    {
        var question = $"direct {domain}";
        var answer = await AskAsync(map, string.Create(CultureInfo.InvariantCulture, $"{question.Length}:{question},"), ",");
        return answer[(answer.IndexOf(':') + 1)..].TrimEnd(',') is ['O', 'K', ' ', .. var route] ? route : null;
    }

    private static async Task<string> AskAsync(IPEndPoint server, string question, string end)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server);
        await socket.SendAsync(Encoding.ASCII.GetBytes(question));
        var answer = new StringBuilder();
        var octets = new byte[1024];
        while (!answer.ToString().EndsWith(end, StringComparison.Ordinal))
        {
            var count = await socket.ReceiveAsync(octets);
            answer.Append(count > 0 ? Encoding.ASCII.GetString(octets, 0, count) : throw new IOException($"{server} closed the connection"));
        }

        return answer.ToString();
    }
}
