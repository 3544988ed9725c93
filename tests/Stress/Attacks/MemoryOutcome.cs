using System.Globalization;

namespace ThrottleNet.Stress.Attacks;

/// <summary>What a <see cref="MemoryAttack"/> did.</summary>
/// <param name="IsAlive">Whether the node lived through it.</param>
/// <param name="Held">Connections that were open at the end and had nothing to read.</param>
/// <param name="Sent">Octets that the clients sent.</param>
/// <param name="Resident">The node's resident memory at the end, in octets.</param>
/// <param name="Trusted">Mail of trusted hosts meanwhile.</param>
internal sealed record MemoryOutcome(bool IsAlive, int Held, long Sent, long Resident, Passage Trusted)
{
    /// <summary>The node's exit code after SIGTERM.</summary>
    public int StopCode { get; init; }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{(IsAlive ? "alive" : "DEAD")}, {Held} connections silent, {Sent >> 20} MiB sent, {Resident >> 20} MiB resident, exit code {StopCode}; trusted: {Trusted}");
}
