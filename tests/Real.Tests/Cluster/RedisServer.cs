using System.Globalization;
using System.Net;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Cluster;

/// <summary>Redis with a password and an append-only file, as docs/operator.md sets it up.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    /// <summary>The program that it needs.</summary>
    public const string Program = "redis-server";

    private const int PortOfMachine = 6379;

    private readonly TemporaryFolder _folder = new();
    private readonly NetworkHost? _host;
    private readonly IPEndPoint _endPoint;
    private RunningProcess? _process;

    private RedisServer(NetworkHost? host)
    {
        (_host, _endPoint) = (host, host is null ? new IPEndPoint(IPAddress.Loopback, Ports.Free()) : new IPEndPoint(host.Address, PortOfMachine));
        PasswordFile = _folder.Write("password", "correct horse");
    }

    public string PasswordFile { get; }

    /// <summary>The settings of a node.</summary>
    public string[] Settings => [$"Cluster:Members=redis:{_endPoint}", $"Cluster:MembersPasswordFile={PasswordFile}"];

    /// <param name="host">The machine to run on; null for this machine itself.</param>
    public static async Task<RedisServer> StartAsync(NetworkHost? host = null)
    {
        var server = new RedisServer(host);
        await server.RunAsync();
        return server;
    }

    public Task KillAsync() => _process!.KillAsync();

    /// <summary>Starts it, with what its append-only file holds.</summary>
    public async Task RunAsync()
    {
        string[] options = ["--port", _endPoint.Port.ToString(CultureInfo.InvariantCulture), "--bind", _endPoint.Address.ToString(), "--dir", _folder.Path, "--appendonly", "yes", "--requirepass", File.ReadAllText(PasswordFile)];
        _process = Tool.Start(Program, options, _host);
        await _process.LineAsync("its start", l => l.Contains("Ready to accept connections", StringComparison.Ordinal));
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
