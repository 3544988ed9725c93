namespace ThrottleNet.Real.Tests.Grpc;

internal static class Patience
{
    /// <summary>The time after which a test gives up, for any step on a slow, loaded machine.</summary>
    public static TimeSpan Long { get; } = TimeSpan.FromSeconds(60);
}
