using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Spool;

/// <summary>Section <c>Spool</c>: mail that is accepted first and delivered afterwards.</summary>
internal sealed record SpoolOptions
{
    /// <summary>Whether mail is spooled: that of <see cref="Domains"/>, or all.</summary>
    public bool Enabled { get; init; }

    /// <summary>The recipient domains whose mail is spooled; empty: all.</summary>
    public IReadOnlyList<string> Domains { get; init; } = [];

    /// <summary>How long a message is tried (RFC 5321, section 4.5.4.1: at least 4 to 5 days).</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromDays(5);

    /// <summary>Messages that the queue may hold; each takes about half a kilobyte of memory. Above it senders get 452.</summary>
    public int MaxMessages { get; init; } = 200_000;

    /// <summary>Deliveries at a time.</summary>
    public int MaxDeliveries { get; init; } = 100;

    /// <summary>Whether a domain's mail is spooled.</summary>
    public bool Takes(string domain) => Enabled && (Domains.Count == 0 || Domains.Contains(domain));

    public IEnumerable<string> Validate(string section)
    {
        foreach (var domain in Domains.Where(d => !HostNames.IsCanonical(d)))
        {
            yield return $"{section}:{nameof(Domains)}: '{domain}' is not a lower-case ASCII domain without a dot at its end; name the domain so";
        }

        if (MaxAge < TimeSpan.FromHours(1) || MaxAge > TimeSpan.FromDays(30))
        {
            yield return $"{section}:{nameof(MaxAge)}: {MaxAge} is out of range; set 01:00:00 to 30.00:00:00";
        }

        if (MaxMessages is < 1 or > 10_000_000)
        {
            yield return $"{section}:{nameof(MaxMessages)}: {MaxMessages} is out of range; set 1 to 10000000";
        }

        if (MaxDeliveries is < 1 or > 10_000)
        {
            yield return $"{section}:{nameof(MaxDeliveries)}: {MaxDeliveries} is out of range; set 1 to 10000";
        }
    }
}
