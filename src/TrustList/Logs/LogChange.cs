using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.TrustList.Logs;

/// <summary>The lines to add to the stored log of an author.</summary>
/// <param name="Key">The author's.</param>
/// <param name="Next">Statements that go on where the log ends.</param>
/// <param name="Forks">Lines that contradict it.</param>
public sealed record LogChange(AuthorKey Key, IReadOnlyList<SignedStatement> Next, IReadOnlyList<SignedStatement> Forks);
