using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.TrustList.Logs;

/// <summary>Lines to add to what is held of an author.</summary>
/// <param name="Key">The author's key.</param>
/// <param name="Next">Statements that follow the end of the log.</param>
/// <param name="Forks">Lines that contradict the log.</param>
public sealed record LogChange(AuthorKey Key, IReadOnlyList<SignedStatement> Next, IReadOnlyList<SignedStatement> Forks);
