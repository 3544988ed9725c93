using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>The trace line the node puts before a message (RFC 5321, section 4.4; RFC 8314, section 4.3 for the TLS facts).</summary>
internal static class ReceivedHeader
{
    /// <summary>The word by which a node recognises its own Received fields, to find mail loops.</summary>
    public const string Product = "ThrottleNet";

    public static byte[] Build(Session session, string hostName, TimeProvider time)
    {
        var transaction = session.Transaction!;
        var header = new StringBuilder(400);
        header.Append("Received: from ").Append(Clean(session.Hello)).Append(" (").Append(session.ReverseName ?? "unknown").Append(" [")
            .Append(session.Client.Address.AddressFamily == AddressFamily.InterNetworkV6 ? "IPv6:" : "").Append(session.Client.Address).Append("])");
        if (session.TlsFacts is { } tls)
        {
            header.Append("\r\n\t(using ").Append(tls).Append(')');
        }

        header.Append("\r\n\tby ").Append(hostName).Append(" (").Append(Product).Append(") with ").Append(session.Protocol).Append(" id ").Append(session.Id);

        // A recipient is named only when it is the only one: other recipients must not read a blind copy's address (RFC 5321, section 7.2).
        if (transaction.Taken.Take(2).ToList() is [var only] && transaction.Recipients.Count == 1)
        {
            header.Append("\r\n\tfor <").Append(only.Address).Append('>');
        }

        header.Append(";\r\n\t").Append(time.GetUtcNow().ToString("ddd, d MMM yyyy HH:mm:ss +0000", CultureInfo.InvariantCulture)).Append("\r\n");
        return Encoding.UTF8.GetBytes(header.ToString());
    }

    // The HELO argument is any text, and a header line without SMTPUTF8 is ASCII.
    private static string Clean(string? hello) =>
        hello is { Length: > 0 } ? string.Concat(hello.Select(c => c is > ' ' and <= '~' and not ('(' or ')' or '<' or '>' or '\\' or '"') ? c : '_')) : "unknown";
}
