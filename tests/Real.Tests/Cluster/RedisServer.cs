using System.Globalization;
using System.Net;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Cluster;

/// <summary>Redis with a password and an append-only file, as docs/operator.md sets it up.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    /// <summary>The program that it needs.</summary>
    public const string Program = "redis-server";

    private readonly TemporaryFolder _folder = new();
    private readonly int _port = Ports.Free();
    private RunningProcess? _process;

    private RedisServer() => PasswordFile = _folder.Write("password", "correct horse");

    public string PasswordFile { get; }

    /// <summary>The settings of a node.</summary>
    public string[] Settings => [string.Create(CultureInfo.InvariantCulture, $"Cluster:Members=redis:127.0.0.1:{_port}"), $"Cluster:MembersPasswordFile={PasswordFile}"];

    public static async Task<RedisServer> StartAsync()
    {
        var server = new RedisServer();
        await server.RunAsync();
        return server;
    }

    public Task KillAsync() => _process!.KillAsync();

    /// <summary>Starts it, with what its append-only file holds.</summary>
    public async Task RunAsync()
    {
        _process = Tool.Start(
            Program, ["--port", _port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", _folder.Path, "--appendonly", "yes", "--requirepass", File.ReadAllText(PasswordFile)]);
        await _process.OpenAsync(new IPEndPoint(IPAddress.Loopback, _port));
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        _folder.Dispose();
    }
}
