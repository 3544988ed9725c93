using System.Text.Json.Serialization;
using ThrottleNet.MxNode.Cluster;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Guard;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Admin;

/// <summary>A node's state; the answer of /api/status.</summary>
internal sealed record StatusReport(
    string Name,
    string HostName,
    string Version,
    DateTimeOffset Started,
    int Connections,
    DescriptorReport Descriptors,
    long LedgerRows,
    long TextBytesInMemory,
    IReadOnlyList<string> Smtp,
    IReadOnlyList<TrustLogReport> TrustLogs,
    GuardReport? Guard,
    ClusterReport? Cluster,
    IReadOnlyList<ComponentFault> Faults,
    IReadOnlyList<ComponentState> Components)
{
    /// <summary>When the node last compared the logs of the trusted list with those it holds.</summary>
    public DateTimeOffset TrustLookedAt { get; init; }

    /// <summary>The node has left the magic name, because destinations refuse it for its name.</summary>
    public bool LeftName { get; init; }

    /// <summary>The destinations that have refused the node for its name since its start, most first.</summary>
    public IReadOnlyList<NameRefusalReport> NameRefusals { get; init; } = [];
}

/// <summary>A destination that refuses the node for its name.</summary>
/// <param name="Host">The next hop's host name.</param>
/// <param name="List">The list that its last reply named; null if none.</param>
/// <param name="Count">Refusals since the node's start.</param>
/// <param name="Last">When it last did so.</param>
internal sealed record NameRefusalReport(string Host, string? List, long Count, DateTimeOffset Last);

/// <summary>The process's descriptors: their limits, and how many are open.</summary>
/// <param name="Limit">The most descriptors that the process may have open.</param>
/// <param name="Smtp">Connections of SMTP clients, open now.</param>
/// <param name="MostSmtp">The most of them.</param>
/// <param name="Outgoing">Sockets of next hops and files of texts, open now.</param>
/// <param name="MostOutgoing">The most of them while SMTP clients take all of theirs.</param>
internal sealed record DescriptorReport(int Limit, int Smtp, int MostSmtp, int Outgoing, int MostOutgoing);

/// <summary>An author's log as this node holds it.</summary>
/// <param name="Author">The key's id.</param>
/// <param name="Statements">How many follow one another without a fault: the place of the last.</param>
/// <param name="ForkedAt">The first place that two statements have; null for none.</param>
internal sealed record TrustLogReport(string Author, long Statements, long? ForkedAt);

/// <summary>A node's counts of an address or a network, and its verdict; the answer of /api/block/BLOCK.</summary>
/// <param name="Address">The address, or the network in CIDR notation.</param>
/// <param name="Trusted">The entry of the trusted list that covers it, or null.</param>
/// <param name="TrustedPerHour">Its trusted quota, recipients an hour; null: without limit.</param>
/// <param name="TrustedUsedPerHour">The used part of that quota, recipients an hour; 0 for a network.</param>
/// <param name="Levels">The host's counts and limits; empty for a network.</param>
/// <param name="BadRecipientsPerHour">Recipients an hour that do not exist; 0 for a network.</param>
/// <param name="ContentRejectsPerHour">Messages an hour that content filters refused; 0 for a network.</param>
/// <param name="LimitPerHour">Recipients an hour that the host may send; for a network, attempts an hour that its newcomers share.</param>
/// <param name="Load">Its rate divided by its limit.</param>
/// <param name="Verdict">What the next recipient of the host would get; null for a network, which is never refused itself.</param>
/// <param name="Reason">Why; null for a network.</param>
/// <param name="Delay">With the verdict Slow: by how much.</param>
/// <param name="RetryAfter">With Defer and Refuse: when a retry would pass.</param>
/// <param name="Reporters">Operators that reported the host; empty for a network.</param>
/// <param name="FirstSeen">When the host was first seen, or last went far over its limit; null for a host never seen, and for a network.</param>
/// <param name="Standing">The host is no newcomer: its site and region do not limit it.</param>
/// <param name="Areas">Its site and region; for a network, the ones from its own level on.</param>
/// <param name="Chance">The chance that the limits of newcomers let an attempt through, from 0 to 1.</param>
internal sealed record AddressReport(
    string Address,
    string? Trusted,
    int? TrustedPerHour,
    double TrustedUsedPerHour,
    IReadOnlyList<AddressLevel> Levels,
    double BadRecipientsPerHour,
    double ContentRejectsPerHour,
    double LimitPerHour,
    double Load,
    string? Verdict,
    string? Reason,
    TimeSpan Delay,
    TimeSpan RetryAfter,
    IReadOnlyList<AddressReporter> Reporters,
    DateTimeOffset? FirstSeen,
    bool Standing,
    IReadOnlyList<AddressArea> Areas,
    double Chance)
{
    /// <summary>Recipients counted, and how many more there may be; null for a network.</summary>
    public CountedRecipients? Counted { get; init; }
}

/// <summary>One block of an address's ladder: rates and limits.</summary>
internal sealed record AddressLevel(string Block, double OwnPerHour, double OthersPerHour, double PerDay, double SoftPerHour, double HardPerHour, double DayLimit);

/// <summary>A site (IPv4 /24, IPv6 /48) or a region (/16, /32) in attempts an hour.</summary>
/// <param name="NewcomersPerHour">By hosts without standing.</param>
/// <param name="WaitingPerHour">By hosts that have waited for four hours and more.</param>
/// <param name="StandingPerHour">By hosts with standing, over the last 12 hours.</param>
/// <param name="LimitPerHour">Newcomers' attempts above which they are thinned.</param>
internal sealed record AddressArea(string Block, double NewcomersPerHour, double WaitingPerHour, double StandingPerHour, double LimitPerHour);

/// <summary>An operator whose nodes reported a host, and how much.</summary>
internal sealed record AddressReporter(string Operator, double PerHour);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(StatusReport))]
[JsonSerializable(typeof(SightingReport))]
[JsonSerializable(typeof(QueueReport))]
[JsonSerializable(typeof(QueuedMessageReport))]
[JsonSerializable(typeof(QueueActionReport))]
[JsonSerializable(typeof(AddressReport))]
[JsonSerializable(typeof(ExchangeReport))]
[JsonSerializable(typeof(UnblockReport))]
[JsonSerializable(typeof(TrustListReport))]
[JsonSerializable(typeof(TrustSubjectReport))]
[JsonSerializable(typeof(IReadOnlyList<StatementReport>))]
[JsonSerializable(typeof(IReadOnlyList<VerifyReport>))]
[JsonSerializable(typeof(TrustChange))]
[JsonSerializable(typeof(TrustChangeReport))]
internal sealed partial class AdminJson : JsonSerializerContext;
