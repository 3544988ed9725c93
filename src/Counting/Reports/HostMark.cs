namespace ThrottleNet.Counting;

/// <summary>What a node holds of a host beside its counts, for another node of its cluster.</summary>
/// <param name="Key">The key of the host block, or of its quota.</param>
/// <param name="AttemptsEvident">The part of the fast count of attempts that the node saw itself, or that was corroborated to it; units.</param>
/// <param name="BadEvident">The same of bad recipients.</param>
/// <param name="Age">Milliseconds since the host was first seen.</param>
/// <param name="Idle">Milliseconds since its last attempt.</param>
/// <param name="Standing">The host is no newcomer.</param>
/// <param name="Refused">Connections of the host are refused.</param>
public readonly record struct HostMark(ulong Key, float AttemptsEvident, float BadEvident, long Age, long Idle, bool Standing, bool Refused);
