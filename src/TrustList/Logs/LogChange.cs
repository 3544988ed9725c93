using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.TrustList.Logs;

/// <summary>What is to be added to what is held of an author.</summary>
/// <param name="Key">The author's.</param>
/// <param name="Next">Statements that go on where the log ends.</param>
/// <param name="Forks">Lines that contradict it.</param>
public sealed record LogChange(AuthorKey Key, IReadOnlyList<SignedStatement> Next, IReadOnlyList<SignedStatement> Forks);
