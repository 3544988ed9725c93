using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Text;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Protocol.Smtp;

/// <summary>The attributes of the client in an XCLIENT command. Null: not given, or given as unavailable.</summary>
public sealed record XclientFacts
{
    /// <summary>Reverse name, canonical.</summary>
    public string? Name { get; init; }

    public IPAddress? Address { get; init; }

    public int? Port { get; init; }

    /// <summary>"SMTP" or "ESMTP"; when formatting, any name of RFC 3848, written as one of the two.</summary>
    public string? Protocol { get; init; }

    public string? Helo { get; init; }

    public string? Login { get; init; }

    public IPAddress? DestinationAddress { get; init; }

    public int? DestinationPort { get; init; }
}

/// <summary>The XCLIENT command (Postfix XCLIENT_README): what a mail server says of the client behind it.</summary>
public static class Xclient
{
    /// <summary>The attributes this node takes, as announced after EHLO.</summary>
    public const string Attributes = "NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT";

    private const string Unavailable = "[UNAVAILABLE]";
    private const string TemporarilyUnavailable = "[TEMPUNAVAIL]";

    /// <summary>Parses what follows XCLIENT: name=value pairs, values in xtext.</summary>
    /// <returns>False for a pair that is malformed, unknown or repeated, and if there is no pair; the reply is then 501 5.5.4.</returns>
    public static bool TryParse(string argument, [NotNullWhen(true)] out XclientFacts? facts)
    {
        facts = null;
        var parsed = new XclientFacts();
        var seen = new HashSet<string>();
        foreach (var pair in argument.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || !Xtext.TryDecode(pair.AsSpan(equals + 1), out var value))
            {
                return false;
            }

            var attribute = pair[..equals].ToUpperInvariant();
            if (!seen.Add(attribute) || !TryApply(ref parsed, attribute, IsUnavailable(value) ? null : value))
            {
                return false;
            }
        }

        facts = seen.Count > 0 ? parsed : null;
        return facts is not null;
    }

    /// <summary>The command without CRLF, with the attributes that the next hop accepts; null if it accepts none that are known.</summary>
    /// <param name="facts">
    /// A null name is written as unavailable, so that the next hop does not use this node's own name; other nulls are left out.
    /// </param>
    /// <param name="offered">The attributes in the next hop's answer to EHLO.</param>
    public static string? Format(XclientFacts facts, IReadOnlySet<string> offered)
    {
        var line = new StringBuilder();
        Append("NAME", facts.Name ?? Unavailable);
        Append("ADDR", facts.Address is { } address ? ToText(address) : null);
        Append("PORT", facts.Port?.ToString(CultureInfo.InvariantCulture));
        Append("PROTO", facts.Protocol is { } protocol ? (protocol == "SMTP" ? "SMTP" : "ESMTP") : null);
        Append("HELO", facts.Helo);
        Append("LOGIN", facts.Login);
        Append("DESTADDR", facts.DestinationAddress is { } destination ? ToText(destination) : null);
        Append("DESTPORT", facts.DestinationPort?.ToString(CultureInfo.InvariantCulture));
        return line.Length == 0 ? null : $"XCLIENT{line}";

        void Append(string attribute, string? value)
        {
            if (value is not null && offered.Contains(attribute))
            {
                line.Append(CultureInfo.InvariantCulture, $" {attribute}={Xtext.Encode(value)}");
            }
        }
    }

    /// <summary>The address as the next hop knows it: a dual-mode socket's IPv4-mapped address as IPv4, and no scope id, which is valid on this machine only.</summary>
    private static string ToText(IPAddress address) =>
        AddressLiteral.ToTagged(new IPAddress(address.Unmapped().GetAddressBytes()));

    private static bool IsUnavailable(string value) =>
        value.Equals(Unavailable, StringComparison.OrdinalIgnoreCase)
        || value.Equals(TemporarilyUnavailable, StringComparison.OrdinalIgnoreCase);

    private static bool TryApply(ref XclientFacts facts, string attribute, string? value)
    {
        string? name = null, text = null;
        IPAddress? address = null;
        int? port = null;
        var good = value is null || attribute switch
        {
            "NAME" => TryName(value, out name),
            "ADDR" or "DESTADDR" => TryAddress(value, out address),
            "PORT" or "DESTPORT" => TryPort(value, out port),
            "PROTO" => TryProtocol(value, out text),
            _ => TryText(value, out text),
        };
        switch (attribute)
        {
            case "NAME":
                facts = facts with { Name = name };
                return good;
            case "ADDR":
                facts = facts with { Address = address };
                return good;
            case "PORT":
                facts = facts with { Port = port };
                return good;
            case "PROTO":
                facts = facts with { Protocol = text };
                return good;
            case "HELO":
                facts = facts with { Helo = text };
                return good;
            case "LOGIN":
                facts = facts with { Login = text };
                return good;
            case "DESTADDR":
                facts = facts with { DestinationAddress = address };
                return good;
            case "DESTPORT":
                facts = facts with { DestinationPort = port };
                return good;
            default:
                return false;
        }
    }

    private static bool TryName(string value, out string? name)
    {
        var good = MailDomain.TryCanonicalise(value, out var canonical);
        name = canonical;
        return good;
    }

    private static bool TryAddress(string value, out IPAddress? address)
    {
        // Postfix wants the tag before IPv6 addresses; some proxies leave it out.
        var good = AddressLiteral.TryParseTagged(value, out var parsed) || AddressLiteral.TryParseV6(value, out parsed);
        address = parsed;
        return good;
    }

    private static bool TryPort(string value, out int? port)
    {
        var good = ushort.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed);
        port = parsed;
        return good;
    }

    private static bool TryProtocol(string value, out string? protocol)
    {
        protocol = value.ToUpperInvariant();
        return protocol is "SMTP" or "ESMTP";
    }

    private static bool TryText(string value, out string? text)
    {
        text = value;
        return value.Length is > 0 and <= SmtpLimits.Domain;
    }
}
