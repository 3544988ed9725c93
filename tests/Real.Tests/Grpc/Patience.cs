namespace ThrottleNet.Real.Tests.Grpc;

internal static class Patience
{
    /// <summary>How long a slow, loaded machine may take for anything before a test gives up.</summary>
    public static TimeSpan Long { get; } = TimeSpan.FromSeconds(60);
}
