using System.Text;

namespace ThrottleNet.Protocol.Smtp;

/// <summary>
/// A mailbox (RFC 5321, section 4.1.2). Two ways of quoting the same local-part make equal mailboxes.
/// </summary>
/// <param name="LocalPart">The local-part without quotes and backslashes, in its original case.</param>
/// <param name="Domain">
/// Canonical host name; or an address literal, "[192.0.2.1]" or "[IPv6:2001:db8::1]"; or "" for the bare postmaster.
/// </param>
public sealed record Mailbox(string LocalPart, string Domain)
{
    /// <summary>
    /// True when the local-part came without quotes although it is no Dot-string, such as <c>a..b</c> or <c>ab.</c>: real mailboxes
    /// have such names, and the mailbox is written as it came.
    /// </summary>
    public bool IsLoose { get; init; }

    /// <summary>False if only a next hop with SMTPUTF8 can take this mailbox.</summary>
    public bool IsAscii => Ascii.IsValid(LocalPart) && Ascii.IsValid(Domain);

    /// <summary>Whether this is the postmaster of any domain, in any case (RFC 5321, section 4.5.1).</summary>
    public bool IsPostmaster => LocalPart.Equals("postmaster", StringComparison.OrdinalIgnoreCase);

    /// <summary>The path without its angle brackets, quoted where it must be.</summary>
    public override string ToString()
    {
        var local = IsLoose ? LocalPart : Smtp.LocalPart.Quote(LocalPart);
        return Domain.Length == 0 ? local : $"{local}@{Domain}";
    }
}
