namespace ThrottleNet.Counting;

/// <summary>An operator whose nodes reported a host, and how many units an hour.</summary>
public sealed record Reporter(string Operator, double PerHour);
