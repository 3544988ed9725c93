using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Demo;

/// <summary>What a Postfix asks: the destination's its guard, a trusted sender's its direct map. A connection a question.</summary>
internal static class DemoPostfix
{
    /// <summary>The guard's no as Postfix says it, or null where it has nothing against the client (SMTPD_POLICY_README, access(5)).</summary>
    public static async Task<SmtpReply?> AskGuardAsync(IPEndPoint guard, IPAddress client, string instance, string recipient)
    {
        var answer = await AskAsync(
            guard, $"request=smtpd_access_policy\nprotocol_state=RCPT\nclient_address={client}\ninstance={instance}\nrecipient={recipient}\n\n", "\n\n");
        var action = answer["action=".Length..].Trim();
        if (action == "DUNNO")
        {
            return null;
        }

        var (code, status, text) = action.Split(' ', 3) is [var first, var second, var rest] ? (first, second, rest) : throw new FormatException(action);
        return new SmtpReply(code == "DEFER" ? 450 : int.Parse(code, CultureInfo.InvariantCulture), status, text);
    }

    /// <summary>Where mail for a domain may go direct; null where the map knows nothing of it (socketmap_table(5), transport(5)).</summary>
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
            answer.Append(count > 0 ? Encoding.ASCII.GetString(octets, 0, count) : throw new IOException($"{server} has hung up"));
        }

        return answer.ToString();
    }
}
