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
    IReadOnlyList<string> Smtp);

/// <summary>What a node knows of an address; the answer of /api/block/ADDRESS.</summary>
/// <param name="Trusted">The list's entry it falls under, or null.</param>
/// <param name="LimitPerHour">What the host may send, its neighbours considered.</param>
/// <param name="Load">Its rate over its limit: 1 is all it may send.</param>
internal sealed record AddressReport(
    string Address,
    string? Trusted,
    IReadOnlyList<AddressLevel> Levels,
    double BadRecipientsPerHour,
    double LimitPerHour,
    double Load,
    string Verdict,
    string Reason,
    TimeSpan Delay,
    TimeSpan RetryAfter);

/// <summary>One block of an address's ladder: rates and limits.</summary>
internal sealed record AddressLevel(string Block, double OwnPerHour, double OthersPerHour, double PerDay, double SoftPerHour, double HardPerHour, double DayLimit);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(StatusReport))]
[JsonSerializable(typeof(AddressReport))]
internal sealed partial class AdminJson : JsonSerializerContext;
