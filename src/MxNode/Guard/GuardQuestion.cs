using System.Net;
using ThrottleNet.Protocol.Postfix;
using ThrottleNet.TrustList;

namespace ThrottleNet.MxNode.Guard;

/// <summary>A mail server's question about a client, independent of the protocol.</summary>
/// <param name="Address">The client; null where the mail server does not know it.</param>
/// <param name="Mail">The mail server's id of the mail, the same for all its recipients; "" where it gives none.</param>
/// <param name="IsAuthenticated">The client is a user of the mail server and has logged in.</param>
/// <param name="Server">The address at which the client called, where the mail server listens there at port 25; else null.</param>
internal sealed record GuardQuestion(IPAddress? Address, string Mail, bool IsAuthenticated = false, IPAddress? Server = null)
{
    private const string SmtpPort = "25";

    /// <summary>Reads Postfix's question; null when it is no question of the policy protocol.</summary>
    public static GuardQuestion? From(PolicyRequest? request) => request?["request"] != "smtpd_access_policy"
        ? null
        : new GuardQuestion(
            AddressOf(request["client_address"]),
            request["instance"],
            request["sasl_username"].Length > 0,
            ServerOf(request["server_address"], request["server_port"]));

    /// <summary>Reads an address strictly; null for "unknown", which Postfix sends where it has none, and for a network.</summary>
    public static IPAddress? AddressOf(string text) =>
        !text.Contains('/', StringComparison.Ordinal) && NetworkText.TryParse(text, out var network, out _) ? network.BaseAddress : null;

    public static IPAddress? ServerOf(string address, string port) => port == SmtpPort ? AddressOf(address) : null;
}
