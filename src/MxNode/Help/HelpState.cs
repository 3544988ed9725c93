namespace ThrottleNet.MxNode.Help;

/// <summary>The state of a sending host, as the help page shows it.</summary>
/// <param name="Host">The host block.</param>
/// <param name="IsTrusted">It is on the trusted list.</param>
/// <param name="PerHour">Recipients an hour, counted by the network.</param>
/// <param name="LimitPerHour">Recipients an hour above which it is deferred.</param>
/// <param name="PerDay">Recipients a day, counted by the network.</param>
/// <param name="LimitPerDay">Recipients a day above which it is deferred.</param>
/// <param name="Minutes">Minutes until its next recipient is taken; 0: now.</param>
/// <param name="IsNewcomer">The network has not known it for long: it shares a limit with other new hosts of its subnet.</param>
internal sealed record HelpState(string Host, bool IsTrusted, int PerHour, int LimitPerHour, int PerDay, int LimitPerDay, int Minutes, bool IsNewcomer);
