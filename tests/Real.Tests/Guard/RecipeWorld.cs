using System.Net;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Guard;

/// <summary>
/// A machine for a mail server and its guard, which is also the resolver of all machines and serves the guard's zone, and two that send: one
/// is trusted. The guard listens where the recipes of docs/other-mail-servers.md say.
/// </summary>
internal sealed class RecipeWorld : IAsyncDisposable
{
    public const string Root = "root", Ip = "ip", Client = "swaks";

    /// <summary>The recipes' name of the zone that says relay, trusted, seen.</summary>
    public const string Zone = "seen.relays.example.net";

    private readonly TestNetwork _network;

    private RecipeWorld(TestNetwork network) => _network = network;

    public required TemporaryFolder Folder { get; init; }

    public required NetworkHost Server { get; init; }

    public required NetworkHost Trusted { get; init; }

    public required NetworkHost Stranger { get; init; }

    public required NodeProcess Node { get; init; }

    public static async Task<RecipeWorld> StartAsync()
    {
        var network = await TestNetwork.CreateAsync();
        var server = await network.AddAsync(TestNetwork.ResolverAddress);
        var folder = new TemporaryFolder();
        return new RecipeWorld(network)
        {
            Folder = folder,
            Server = server,
            Trusted = await network.AddAsync(IPAddress.Parse("10.77.0.9")),
            Stranger = await network.AddAsync(IPAddress.Parse("10.77.0.3")),
            Node = await NodeProcess.StartAsync(
                folder,
                server,
                "Guard:Listen=127.0.0.1:10040",
                "Guard:HttpListen=127.0.0.1:10042",
                $"Guard:Zone={Zone}",
                $"Trust:DnsListen={server.Address}:53",
                "Trust:Zone=list.relays.example.net",
                "Trust:Entries:0=10.77.0.9",
                "Trust:Entries:1=198.51.100.0/24"),
        };
    }

    /// <summary>A file that every user may run.</summary>
    public string Script(string name, string text)
    {
        var file = Folder.Write(name, text);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        return file;
    }

    /// <summary>What the server says to RCPT when a machine sends it mail for a recipient, or to MAIL where it refuses that; empty where there was no answer.</summary>
    public async Task<string> TalkAsync(NetworkHost from, string to = "someone@dest.test", params string[] more)
    {
        var said = (await Tool.RunAsync(
            Client, ["--server", Server.Address.ToString(), "--from", "ann@people.test", "--to", to, "--timeout", "40s", "--quit-after", "RCPT", .. more], host: from)).Output;
        var last = said.Contains(" RCPT TO:", StringComparison.Ordinal) ? " RCPT TO:" : " MAIL FROM:";
        var lines = said.Split('\n').SkipWhile(l => !l.Contains(last, StringComparison.Ordinal)).Skip(1).TakeWhile(l => l.StartsWith('<'));
        return string.Join(' ', lines.Select(l => l[4..].Trim()));
    }

    /// <summary>Waits until a server listens at port 25.</summary>
    public Task OpenAsync(RunningProcess server) => Eventually.HoldsAsync(
        "a mail server at port 25",
        async () => server.HasExited
            ? throw new InvalidOperationException(string.Join('\n', server.Lines))
            : (await Tool.RunAsync("nc", ["-z", Server.Address.ToString(), "25"], host: Server)).ExitCode == 0);

    public async ValueTask DisposeAsync()
    {
        await Node.DisposeAsync();
        await _network.DisposeAsync();
        Folder.Dispose();
    }
}
