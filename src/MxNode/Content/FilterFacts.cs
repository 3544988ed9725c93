using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.RegularExpressions;
using ThrottleNet.Protocol.Milter;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Content;

/// <summary>The values of the macros that the filters of one session get, by Postfix's names and in its form (MILTER_README, "Sendmail macro emulation").</summary>
internal sealed partial class FilterFacts
{
    private const string Unknown = "unknown";

    /// <summary>This node's name: <c>j</c>, <c>{daemon_name}</c>.</summary>
    public required string HostName { get; init; }

    /// <summary>The client.</summary>
    public required IPEndPoint Client { get; init; }

    /// <summary>Where the client connected to; null if that is not known.</summary>
    public IPEndPoint? Local { get; init; }

    /// <summary>The client's forward-confirmed host name; null where it has none.</summary>
    public string? ClientName { get; set; }

    /// <summary>The argument of HELO or EHLO; null before.</summary>
    public string? Hello { get; set; }

    /// <summary>Null without TLS.</summary>
    public SslStream? Tls { get; set; }

    /// <summary>The message's id in the log and in the Received field: <c>i</c>. Null before MAIL.</summary>
    public string? Id { get; set; }

    /// <summary>The reverse-path; null before MAIL.</summary>
    public MailCommand? Mail { get; set; }

    /// <summary>The forward-path that is asked about; null elsewhere.</summary>
    public Mailbox? Recipient { get; set; }

    public MilterPeer Peer => new(ClientName, Client);

    /// <summary>The value of a macro; null for a macro without a value.</summary>
    public string? Macro(string name) => name switch
    {
        "j" or "{daemon_name}" => HostName,
        "v" => "ThrottleNet",
        "_" => $"{ClientName ?? Unknown} [{Client.Address}]",
        "{client_addr}" => Tagged(Client.Address),
        "{client_port}" => Number(Client.Port),
        "{client_name}" or "{client_ptr}" => ClientName ?? Unknown,
        "{client_resolve}" => ClientName is null ? "FAIL" : "OK",
        "{daemon_addr}" => Local?.Address.ToString(),
        "{daemon_port}" => Local is { } local ? Number(local.Port) : null,
        "{tls_version}" => Tls is { } tls ? Version(tls.SslProtocol) : null,
        "{cipher}" => Tls?.NegotiatedCipherSuite.ToString(),
        "{cipher_bits}" => Tls is { } tls ? Bits(tls.NegotiatedCipherSuite.ToString()) : null,
        "i" => Id,
        "{mail_addr}" => Mail is null ? null : Mail.ReversePath?.ToString() ?? "",
        "{mail_host}" => Mail?.ReversePath?.Domain,
        "{mail_mailer}" => Mail is null ? null : "smtp",
        "{rcpt_addr}" => Recipient?.ToString(),
        "{rcpt_host}" => Recipient?.Domain,
        "{rcpt_mailer}" => Recipient is null ? null : "relay",
        _ => null,
    };

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    // RFC 5321, section 4.1.3: the form of an address literal, without its brackets.
    private static string Tagged(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6 ? $"IPv6:{address}" : address.ToString();

    private static string Version(SslProtocols protocol) => protocol switch
    {
        SslProtocols.Tls12 => "TLSv1.2",
        SslProtocols.Tls13 => "TLSv1.3",
        _ => protocol.ToString(),
    };

    // The key length is part of the suite's IANA name; ChaCha20 has 256 bits and does not say so.
    private static string? Bits(string suite) =>
        suite.Contains("CHACHA20", StringComparison.Ordinal) ? "256" : KeyBits().Match(suite) is { Success: true } match ? match.Groups[1].Value : null;

    [GeneratedRegex("_(128|256)_")]
    private static partial Regex KeyBits();
}
