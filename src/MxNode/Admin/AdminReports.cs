using System.Text.Json.Serialization;

namespace ThrottleNet.MxNode.Admin;

/// <summary>What a node says of itself; the answer of /api/status.</summary>
internal sealed record StatusReport(
    string Name,
    string HostName,
    string Version,
    DateTimeOffset Started,
    int Connections,
    long LedgerRows,
    long TextBytesInMemory,
    IReadOnlyList<string> Smtp,
    IReadOnlyList<TrustLogReport> TrustLogs,
    GuardReport? Guard);

/// <summary>A guard's answers since its start; null for a node that is none.</summary>
/// <param name="Refused">Hosts that had had their courtesies.</param>
/// <param name="Unsure">Deferred because nobody could tell.</param>
/// <param name="Courted">Unknown hosts that are remembered.</param>
/// <param name="Dropped">Hosts in the drop set; null without one.</param>
internal sealed record GuardReport(long Passed, long Seen, long Courtesies, long Refused, long Unsure, int Courted, int? Dropped);

/// <summary>An author's log as this node holds it.</summary>
/// <param name="Author">The key's id.</param>
/// <param name="Statements">How many follow one another without a fault: the place of the last.</param>
/// <param name="ForkedAt">The first place that two statements have; null for none.</param>
internal sealed record TrustLogReport(string Author, long Statements, long? ForkedAt);

/// <summary>What a node knows of an address; the answer of /api/block/ADDRESS.</summary>
/// <param name="Trusted">The list's entry it falls under, or null.</param>
/// <param name="TrustedPerHour">What it may send by that entry; null: without limit.</param>
/// <param name="VouchedPerHour">What it has sent by it, where that is counted.</param>
/// <param name="Levels">The host's counts and limits.</param>
/// <param name="LimitPerHour">What the host may send.</param>
/// <param name="Load">Its rate over its limit: 1 is all it may send.</param>
/// <param name="FirstSeen">When the host was first seen, or last went far over its limit; null for a host never seen.</param>
/// <param name="Standing">The host is no newcomer: its site and region do not limit it.</param>
/// <param name="Areas">Its site and region.</param>
/// <param name="Chance">The chance of its next attempt to be let through by the limits of newcomers, from 0 to 1.</param>
internal sealed record AddressReport(
    string Address,
    string? Trusted,
    int? TrustedPerHour,
    double VouchedPerHour,
    IReadOnlyList<AddressLevel> Levels,
    double BadRecipientsPerHour,
    double LimitPerHour,
    double Load,
    string Verdict,
    string Reason,
    TimeSpan Delay,
    TimeSpan RetryAfter,
    IReadOnlyList<AddressReporter> Reporters,
    DateTimeOffset? FirstSeen,
    bool Standing,
    IReadOnlyList<AddressArea> Areas,
    double Chance);

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

/// <summary>A node's part in the exchange; the answer of /api/peers.</summary>
/// <param name="Network">By the authority's certificate; null for a node that shares nothing, and all that follows is empty.</param>
/// <param name="Alone">Nobody is heard: the node judges by what it sees itself.</param>
internal sealed record PeersReport(string? Network, string Name, string Operator, string Origin, ulong Epoch, DateTimeOffset? CertificateUntil, bool Alone, IReadOnlyList<PeerReport> Peers);

/// <summary>A neighbour.</summary>
/// <param name="Address">Where it can be reached, as it says; empty: nowhere.</param>
/// <param name="OpenedBy">"us" or "them".</param>
/// <param name="State">"ready", or "joining" until it has said hello.</param>
internal sealed record PeerReport(string Name, string Operator, string Origin, string Address, string OpenedBy, string State, DateTimeOffset LastHeard);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(StatusReport))]
[JsonSerializable(typeof(AddressReport))]
[JsonSerializable(typeof(PeersReport))]
internal sealed partial class AdminJson : JsonSerializerContext;
