using System.Collections.Frozen;
using System.Globalization;

namespace ThrottleNet.Protocol.Smtp;

/// <summary>The extensions that a next hop offers in its answer to EHLO (RFC 5321, section 4.1.1.1). An answer to HELO offers none.</summary>
public sealed record EhloCapabilities
{
    /// <summary>Nothing offered: plain RFC 821.</summary>
    public static EhloCapabilities None { get; } = new();

    /// <summary>PIPELINING (RFC 2920).</summary>
    public bool Pipelining { get; init; }

    /// <summary>8BITMIME (RFC 6152).</summary>
    public bool EightBitMime { get; init; }

    /// <summary>SMTPUTF8 (RFC 6531).</summary>
    public bool SmtpUtf8 { get; init; }

    /// <summary>SIZE (RFC 1870): null if not offered, 0 if offered without a limit, else the limit in octets.</summary>
    public long? Size { get; init; }

    /// <summary>STARTTLS (RFC 3207).</summary>
    public bool StartTls { get; init; }

    /// <summary>ENHANCEDSTATUSCODES (RFC 2034).</summary>
    public bool EnhancedStatusCodes { get; init; }

    /// <summary>RFC 3461.</summary>
    public bool Dsn { get; init; }

    /// <summary>RFC 3030.</summary>
    public bool Chunking { get; init; }

    /// <summary>The attributes XCLIENT may carry, in upper case; empty if XCLIENT is not offered.</summary>
    public IReadOnlySet<string> XclientAttributes { get; init; } = FrozenSet<string>.Empty;

    /// <summary>Reads a positive answer to EHLO; its first line is the greeting. Keywords not known here are passed over.</summary>
    public static EhloCapabilities Parse(SmtpReply reply)
    {
        var capabilities = None;
        foreach (var line in reply.Lines.Skip(1))
        {
            var words = line.ToUpperInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 0)
            {
                capabilities = capabilities.With(words[0], words[1..]);
            }
        }

        return capabilities;
    }

    private EhloCapabilities With(string keyword, string[] parameters) => keyword switch
    {
        "PIPELINING" => this with { Pipelining = true },
        "8BITMIME" => this with { EightBitMime = true },
        "SMTPUTF8" => this with { SmtpUtf8 = true },
        "STARTTLS" => this with { StartTls = true },
        "ENHANCEDSTATUSCODES" => this with { EnhancedStatusCodes = true },
        "DSN" => this with { Dsn = true },
        "CHUNKING" => this with { Chunking = true },
        "XCLIENT" => this with { XclientAttributes = parameters.ToFrozenSet() },
        "SIZE" => this with
        {
            Size = parameters.Length > 0
                && long.TryParse(parameters[0], NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : 0,
        },
        _ => this,
    };
}
