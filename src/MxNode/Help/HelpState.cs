namespace ThrottleNet.MxNode.Help;

/// <summary>The state of a sending host, as the help page shows it.</summary>
/// <param name="Host">The host block.</param>
/// <param name="IsTrusted">It is on the trusted list.</param>
/// <param name="PerHour">Recipients counted by this node in the last hour, and of late by the other nodes.</param>
/// <param name="LimitPerHour">Recipients an hour above which it is deferred.</param>
/// <param name="AtOnce">Recipients that a host which was silent may send at once.</param>
/// <param name="PerDay">The same as <paramref name="PerHour"/> for the last day.</param>
/// <param name="LimitPerDay">Recipients a day above which it is deferred.</param>
/// <param name="Minutes">Minutes until its next recipient is taken; 0: now.</param>
/// <param name="IsNewcomer">The network has not known it for long: it shares a limit with other new hosts of its subnet.</param>
internal sealed record HelpState(string Host, bool IsTrusted, int PerHour, int LimitPerHour, int AtOnce, int PerDay, int LimitPerDay, int Minutes, bool IsNewcomer);
