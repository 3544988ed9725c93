namespace ThrottleNet.MxNode.Cluster.Members;

/// <summary>A silo in <see cref="MemberFile"/>.</summary>
/// <param name="Silo">Its parsable address.</param>
/// <param name="Name">Its name, see <see cref="SiloName"/>.</param>
/// <param name="HostName">The machine's name.</param>
/// <param name="Status">What Orleans says of it.</param>
/// <param name="Suspects">The silos that suspect it, by parsable address, and since when.</param>
/// <param name="Started">When it started (UTC).</param>
/// <param name="IAmAlive">Its last sign of life (UTC).</param>
/// <param name="Etag">Higher with every change of the row.</param>
internal sealed record MemberRow(
    string Silo, string Name, string HostName, SiloStatus Status, IReadOnlyList<KeyValuePair<string, DateTime>> Suspects, DateTime Started, DateTime IAmAlive, long Etag)
{
    public static MemberRow Of(MembershipEntry entry, long etag) => new(
        entry.SiloAddress.ToParsableString(), entry.SiloName, entry.HostName, entry.Status,
        [.. (entry.SuspectTimes ?? []).Select(s => KeyValuePair.Create(s.Item1.ToParsableString(), s.Item2))], entry.StartTime, entry.IAmAliveTime, etag);

    public MembershipEntry ToEntry() => new()
    {
        SiloAddress = SiloAddress.FromParsableString(Silo),
        SiloName = Name,
        HostName = HostName,
        Status = Status,
        SuspectTimes = [.. Suspects.Select(s => Tuple.Create(SiloAddress.FromParsableString(s.Key), s.Value))],
        StartTime = Started,
        IAmAliveTime = IAmAlive,
    };
}
