namespace ThrottleNet.MxNode.Cluster.Members;

/// <summary>What <see cref="FileMembershipTable"/> stores.</summary>
/// <param name="Version">Higher with every change of a row.</param>
internal sealed record MemberFile(int Version, IReadOnlyList<MemberRow> Rows);
