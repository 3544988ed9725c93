using System.Text.Json.Serialization;
using ThrottleNet.MxNode.Guard;
using ThrottleNet.MxNode.Telemetry;

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
    GuardReport? Guard,
    IReadOnlyList<ComponentFault> Faults);

/// <summary>An author's log as this node holds it.</summary>
/// <param name="Author">The key's id.</param>
/// <param name="Statements">How many follow one another without a fault: the place of the last.</param>
/// <param name="ForkedAt">The first place that two statements have; null for none.</param>
internal sealed record TrustLogReport(string Author, long Statements, long? ForkedAt);

/// <summary>What a node knows of an address; the answer of /api/block/ADDRESS.</summary>
/// <param name="Trusted">The list's entry it falls under, or null.</param>
/// <param name="TrustedPerHour">What it may send by that entry; null: without limit.</param>
/// <param name="VouchedPerHour">What it has sent by it, where that is counted.</param>
/// <param name="LimitPerHour">What the host may send, its neighbours considered.</param>
/// <param name="Load">Its rate over its limit: 1 is all it may send.</param>
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
    IReadOnlyList<AddressReporter> Reporters);

/// <summary>One block of an address's ladder: rates and limits.</summary>
internal sealed record AddressLevel(string Block, double OwnPerHour, double OthersPerHour, double PerDay, double SoftPerHour, double HardPerHour, double DayLimit);

/// <summary>An operator whose nodes told of a host, and how much.</summary>
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
[JsonSerializable(typeof(SightingReport))]
[JsonSerializable(typeof(AddressReport))]
[JsonSerializable(typeof(PeersReport))]
internal sealed partial class AdminJson : JsonSerializerContext;
