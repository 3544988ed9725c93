using System.Net;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Relay.Authentication;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Relay;

/// <summary>Section <c>Relay</c>: how mail goes on to its next hop.</summary>
internal sealed record RelayOptions
{
    /// <summary>The most addresses that mail leaves from.</summary>
    public const int MostSources = 16;

    /// <summary>The port of every next hop that is found by its MX record.</summary>
    [Reloadable]
    public int Port { get; init; } = 25;

    /// <summary>
    /// Lets MX records lead to loopback, private and other addresses that are not of the public internet.
    /// Off, so that no zone can make this node connect to hosts of its operator's own network.
    /// </summary>
    [Reloadable]
    public bool AllowPrivateDestinations { get; init; }

    /// <summary>Domain (canonical) to <c>host:port</c>: subscribed without DNS. Private addresses are allowed here, because the operator has named them.</summary>
    [Reloadable]
    public IReadOnlyDictionary<string, string> Routes { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// Addresses of this machine that mail leaves from. A next hop is always called from the same one of its family; a family without an
    /// address here is not bound. Peers are told them, so that guards know this relay.
    /// </summary>
    public IReadOnlyList<IPAddress> SourceAddresses { get; init; } = [];

    /// <summary>
    /// Destinations, each in a region (/16, IPv6 /32) of its own, that refuse this relay for its name, at which it leaves the magic name.
    /// They must also be a quarter of the destinations that were called. 0: it never leaves.
    /// </summary>
    [Reloadable]
    public int LeaveNameAt { get; init; } = 3;

    /// <summary>How long a refusal for the relay's name counts, unless that destination takes mail before.</summary>
    [Reloadable]
    public TimeSpan LeaveNameFor { get; init; } = TimeSpan.FromHours(6);

    /// <summary>Domains (canonical) whose unknown recipients are hidden from hosts that guess addresses: such a recipient is accepted, and its mail dropped.</summary>
    [Reloadable]
    public IReadOnlyList<string> SilentDomains { get; init; } = [];

    /// <summary>One connection attempt: by then SYNs at 0, 1, 3 and 7 s were not answered, and the next address may be better.</summary>
    [Reloadable]
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// From a group's RCPTs to the last of its answers, however many it takes: with the throttle's slowest answer it stays under
    /// the 5 minutes that our client waits for its answer (RFC 5321, section 4.5.3.2.3).
    /// </summary>
    [Reloadable]
    public TimeSpan RecipientsTimeout { get; init; } = TimeSpan.FromSeconds(200);

    /// <summary>From the first attempt to a session ready for MAIL, all addresses together.</summary>
    [Reloadable]
    public TimeSpan SessionTimeout { get; init; } = TimeSpan.FromSeconds(100);

    /// <summary>
    /// One answer before MAIL: greeting, EHLO, TLS, XCLIENT. Greet delays are shorter, and a server that stalls must leave time for the
    /// next one. The last address of a destination may take <see cref="SessionTimeout"/> for its greeting.
    /// </summary>
    [Reloadable]
    public TimeSpan HelloTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>One answer from MAIL to DATA's 354 (RFC 5321, section 4.5.3.2, would wait 5 minutes, but so does our client).</summary>
    [Reloadable]
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>One block of text, until the next hop has taken it (RFC 5321, section 4.5.3.2.5).</summary>
    [Reloadable]
    public TimeSpan DataTimeout { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>From our client's final dot to the reply to ours. With the longest delay of the throttle this is just under the 10 minutes that the client waits (RFC 5321, section 4.5.3.2.6), so that it gets our reply.</summary>
    [Reloadable]
    public TimeSpan FinalDotTimeout { get; init; } = TimeSpan.FromMinutes(9);

    /// <summary>Addresses tried for one transaction; after these the client's own retry is better.</summary>
    [Reloadable]
    public int MaxAddresses { get; init; } = 6;

    /// <summary>
    /// Sessions in use with one next hop at a time; mail servers commonly allow a client 20 to 50. A quarter of them is for trusted
    /// clients alone, and a next hop that refuses further sessions gets fewer.
    /// </summary>
    public int MaxSessions { get; init; } = 20;

    /// <summary>How long a transaction waits for one of them before the client gets 451 4.3.2.</summary>
    [Reloadable]
    public TimeSpan SessionWait { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Unused sessions kept open with one next hop; they occupy the next hop's places, too. If fewer than <see cref="MaxSessions"/> are kept, a busy domain's
    /// other sessions are closed and opened again all the time.
    /// </summary>
    [Reloadable]
    public int MaxIdle { get; init; } = 20;

    /// <summary>How long they are kept: long enough for the next message of a busy domain, shorter than any server's idle timeout.</summary>
    [Reloadable]
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Transactions after which a session is closed; some servers limit them, most commonly to 100.</summary>
    [Reloadable]
    public int MaxTransactions { get; init; } = 100;

    /// <summary>Age after which a session is closed, so that changes of DNS and of certificates are noticed.</summary>
    [Reloadable]
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Refusals after which a session is closed: servers slow down or drop sessions that make many errors, commonly at 10.</summary>
    [Reloadable]
    public int MaxRefusals { get; init; } = 8;

    /// <summary>Sends a text by BDAT where the next hop offers CHUNKING (RFC 3030), which saves a round trip.</summary>
    [Reloadable]
    public bool Chunking { get; init; } = true;

    /// <summary>What a message gets for a next hop that does not learn the client's address by XCLIENT: nothing, results, or results and an ARC set.</summary>
    [Reloadable]
    public AuthenticationMode Authentication { get; init; } = AuthenticationMode.Results;

    /// <summary>The name in Authentication-Results (RFC 8601, section 2.5); canonical. Null: the first of <c>Network:Names</c>.</summary>
    [Reloadable]
    public string? AuthservId { get; init; }

    /// <summary>The key that seals messages.</summary>
    [Reloadable]
    public ArcOptions Arc { get; init; } = new();

    /// <summary>Looks for the MTA-STS policies of recipients' domains, and obeys them (RFC 8461).</summary>
    [Reloadable]
    public bool MtaSts { get; init; } = true;

    /// <summary>Octets of a message's text held in memory; nine in ten messages are smaller, the rest goes to a file.</summary>
    [Reloadable]
    public int TextMemory { get; init; } = 64 * 1024;

    /// <summary>Octets of text held in memory by all messages together; over it texts go to files at once.</summary>
    [Reloadable]
    public long TotalTextMemory { get; init; } = 128L * 1024 * 1024;

    /// <summary>The address to call a next hop from; null: the system's choice.</summary>
    public IPAddress? SourceFor(IPAddress hop)
    {
        var sources = SourceAddresses.Where(source => source.AddressFamily == hop.AddressFamily).ToList();
        return sources.Count == 0 ? null : sources[(int)(IpBlock.Of(hop).Key % (ulong)sources.Count)];
    }

    /// <summary>One line for each error: its key, what is there, what would be right.</summary>
    public IEnumerable<string> Validate(string section) =>
    [
        .. ValidateSources(section),
        .. Within(section, nameof(LeaveNameAt), LeaveNameAt, 0, 1000),
        .. Positive(section, nameof(LeaveNameFor), LeaveNameFor),
        .. Within(section, nameof(Port), Port, 1, ushort.MaxValue),
        .. Routes.SelectMany(route => ValidateRoute(section, route.Key, route.Value)),
        .. SilentDomains.Where(d => !HostNames.IsCanonical(d)).Select(d => $"{section}:{nameof(SilentDomains)}: '{d}' is not a lower-case ASCII domain without a dot at its end; name the domain so"),
        .. Positive(section, nameof(ConnectTimeout), ConnectTimeout),
        .. Positive(section, nameof(RecipientsTimeout), RecipientsTimeout),
        .. Positive(section, nameof(SessionTimeout), SessionTimeout),
        .. Positive(section, nameof(HelloTimeout), HelloTimeout),
        .. Positive(section, nameof(CommandTimeout), CommandTimeout),
        .. Positive(section, nameof(DataTimeout), DataTimeout),
        .. Positive(section, nameof(FinalDotTimeout), FinalDotTimeout),
        .. Positive(section, nameof(SessionWait), SessionWait),
        .. Positive(section, nameof(IdleTimeout), IdleTimeout),
        .. Positive(section, nameof(MaxAge), MaxAge),
        .. Within(section, nameof(MaxAddresses), MaxAddresses, 1, 100),
        .. Within(section, nameof(MaxSessions), MaxSessions, 1, 10_000),
        .. Within(section, nameof(MaxIdle), MaxIdle, 0, 10_000),
        .. Within(section, nameof(MaxTransactions), MaxTransactions, 1, int.MaxValue),
        .. Within(section, nameof(MaxRefusals), MaxRefusals, 1, int.MaxValue),
        .. ValidateAuthservId(section),
        .. Arc.Validate($"{section}:{nameof(Arc)}", Authentication == AuthenticationMode.Arc),
        .. Within(section, nameof(TextMemory), TextMemory, 4096, 16 * 1024 * 1024),
        .. Within(section, nameof(TotalTextMemory), TotalTextMemory, 0, long.MaxValue),
    ];

    private IEnumerable<string> ValidateSources(string section)
    {
        if (SourceAddresses.Count > MostSources)
        {
            yield return $"{section}:{nameof(SourceAddresses)}: names {SourceAddresses.Count} addresses; peers are told {MostSources}, so name at most that many";
        }

        foreach (var source in SourceAddresses.Where(source => source.Equals(IPAddress.Any) || source.Equals(IPAddress.IPv6Any) || source.IsIPv6Multicast))
        {
            yield return $"{section}:{nameof(SourceAddresses)}: {source} is no address of one host; name addresses of this machine, or leave the setting out";
        }
    }

    private IEnumerable<string> ValidateAuthservId(string section)
    {
        if (AuthservId is { } id && !HostNames.IsCanonical(id))
        {
            yield return $"{section}:{nameof(AuthservId)}: '{id}' is not a lower-case ASCII host name without a dot at its end; set it to the name that destinations trust, or leave it out";
        }
    }

    private static IEnumerable<string> ValidateRoute(string section, string domain, string target)
    {
        if (!HostNames.IsCanonical(domain))
        {
            yield return $"{section}:Routes:{domain}: not a lower-case ASCII domain without a dot at its end; name the domain so";
        }

        if (!MxHost.TryParse(target, out _))
        {
            yield return $"{section}:Routes:{domain}: '{target}' is not host:port; set it to something like mail.example.com:25 or [2001:db8::1]:25";
        }
    }

    private static IEnumerable<string> Within(string section, string key, long value, long least, long most)
    {
        if (value < least || value > most)
        {
            yield return $"{section}:{key}: {value} is not between {least} and {most}; set it there";
        }
    }

    private static IEnumerable<string> Positive(string section, string key, TimeSpan value)
    {
        if (value <= TimeSpan.Zero || value > TimeSpan.FromDays(1))
        {
            yield return $"{section}:{key}: {value} is not a time between zero and a day; set it to something like 00:02:00";
        }
    }
}
