using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Configuration;

/// <summary>The names of this node, and its data directory.</summary>
internal sealed record NodeOptions
{
    /// <summary>The longest <see cref="DrainDelay"/>.</summary>
    public static readonly TimeSpan MaxDrainDelay = TimeSpan.FromMinutes(1);

    /// <summary>The node's short name among its operator's nodes.</summary>
    public string Name { get; init; } = "node";

    /// <summary>The name said in the greeting and in Received headers (RFC 5321, sections 4.2 and 4.4).</summary>
    public string HostName { get; init; } = "localhost";

    /// <summary>Where snapshots, certificates and texts too long for memory are kept; made if missing.</summary>
    public string DataDirectory { get; init; } = "data";

    /// <summary>How long a node that was told to stop goes on taking connections while /readyz answers 503, so that load balancers notice first.</summary>
    public TimeSpan DrainDelay { get; init; }

    /// <summary>The address that gets mail to a postmaster without a domain (RFC 5321, section 4.5.1); null: none.</summary>
    public string? Postmaster { get; init; }

    public Mailbox? PostmasterMailbox() =>
        Postmaster is not null && EnvelopeParser.TryParseRcpt($"TO:<{Postmaster}>", smtpUtf8: false, out var rcpt, out _) ? rcpt.ForwardPath : null;

    public IEnumerable<string> Validate(string section)
    {
        if (Name.Length is 0 or > 63 || !Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
        {
            yield return $"{section}:Name: \"{Name}\" is no node name; use up to 63 letters, digits, - _ or .";
        }

        if (Uri.CheckHostName(HostName) != UriHostNameType.Dns)
        {
            yield return $"{section}:HostName: \"{HostName}\" is no host name; write the name other mail servers know this node by, e.g. a.throttle-mx.example.net";
        }

        if (Postmaster is not null && PostmasterMailbox() is null or { Domain: "" })
        {
            yield return $"{section}:Postmaster: \"{Postmaster}\" is no address; write one with its domain, e.g. postmaster@example.com";
        }

        if (DrainDelay < TimeSpan.Zero || DrainDelay > MaxDrainDelay)
        {
            yield return $"{section}:DrainDelay: {DrainDelay} is out of range; set it between 00:00:00 and {MaxDrainDelay}";
        }

        if (string.IsNullOrWhiteSpace(DataDirectory))
        {
            yield return $"{section}:DataDirectory: is empty; name a folder, e.g. data";
        }
    }
}
