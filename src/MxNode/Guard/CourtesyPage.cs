namespace ThrottleNet.MxNode.Guard;

/// <summary>The courtesies of one host.</summary>
/// <param name="Courtesies">How many it has had.</param>
/// <param name="Mails">Mails since the last courtesy was counted.</param>
/// <param name="CountedAgo">The time since then.</param>
/// <param name="LastMailAgo">The time since its last mail.</param>
internal sealed record CourtesyPage(int Courtesies, int Mails, TimeSpan CountedAgo, TimeSpan LastMailAgo);
