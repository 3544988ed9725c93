using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace ThrottleNet.Real.Tests.Harness;

/// <summary>smtp-sink: Postfix's test server, as a next hop that keeps what it gets, or fails as it is told to.</summary>
internal sealed class SmtpSink : IAsyncDisposable
{
    private const int Port = 4025;

    private readonly TemporaryFolder _folder;
    private readonly IPAddress _address;
    private readonly RunningProcess _process;

    private SmtpSink(TemporaryFolder folder, IPAddress address, RunningProcess process) => (_folder, _address, _process) = (folder, address, process);

    /// <summary>The setting of a node that sends a domain's mail here.</summary>
    public string Route(string domain) => $"Relay:Routes:{domain}={_address}:{Port}";

    /// <param name="options">As smtp-sink takes them, such as "-f RCPT".</param>
    public static async Task<SmtpSink> StartAsync(params string[] options)
    {
        var folder = new TemporaryFolder();
        var address = Loopback.Next();
        (await Tool.RunAsync("chown", "nobody", folder.Make("mail"))).Expect(0);
        var process = RunningProcess.Start("smtp-sink", ["-u", "nobody", "-d", folder.File("mail/"), .. options, $"{address}:{Port}", "1024"]);
        var sink = new SmtpSink(folder, address, process);
        await Eventually.HoldsAsync("smtp-sink to listen", () => process.HasExited ? throw new InvalidOperationException(string.Join('\n', process.Lines)) : sink.Answers());
        return sink;
    }

    /// <summary>The messages it has taken, with what it knows of the envelope before them (see its manual page); lines end with LF.</summary>
    public IReadOnlyList<string> Messages() => [.. Directory.GetFiles(_folder.File("mail")).Select(Read).Where(IsWhole)];

    /// <summary>The connections with it that are open at both ends.</summary>
    public int Connections() =>
        IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpConnections().Count(c => c.LocalEndPoint.Address.Equals(_address) && c.State == TcpState.Established);

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _folder.Dispose();
    }

    // It removes what was broken off.
    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (FileNotFoundException)
        {
            return "";
        }
    }

    // An empty line is its mark behind a message; one that is under way has no end yet.
    private static bool IsWhole(string message) => message.EndsWith("\n\n", StringComparison.Ordinal);

    private bool Answers()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(_address, Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
