using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ThrottleNet.MxNode.Hosting;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Tests.Hosting;

public sealed class NodeLoggingTests
{
    // Any peer can provoke each of these once a connection ("exceeded the output operations maximum queue size" is one).
    [Theory]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel.Http2", LogLevel.Information, false)]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel.Http2", LogLevel.Debug, true)]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Information, true)]
    [InlineData("Orleans.Runtime.Silo", LogLevel.Information, false)]
    public async Task Faults_that_a_peer_provokes_are_logged_only_at_debug(string category, LogLevel level, bool isLogged)
    {
        await using var services = new ServiceCollection()
            .AddLogging(logging => NodeLogging.Configure(logging, new TelemetryOptions { Log = level, LogFormat = LogFormat.Text })).BuildServiceProvider();

        Assert.Equal(isLogged, services.GetRequiredService<ILoggerFactory>().CreateLogger(category).IsEnabled(LogLevel.Critical));
    }
}
