using System.Net;

namespace ThrottleNet.Real.Tests.Harness;

/// <summary>Postfix's smtp-sink as a next hop. It keeps the messages it gets, or fails as its options set.</summary>
internal sealed class SmtpSink : IAsyncDisposable
{
    private const int Port = 4025;

    private readonly TemporaryFolder _folder;
    private readonly IPAddress _address;
    private readonly string[] _options;
    private RunningProcess _process;

    private SmtpSink(TemporaryFolder folder, IPAddress address, string[] options, RunningProcess process) =>
        (_folder, _address, _options, _process) = (folder, address, options, process);

    /// <summary>The setting of a node that sends a domain's mail here.</summary>
    public string Route(string domain) => $"Relay:Routes:{domain}={_address}:{Port}";

    /// <param name="options">As smtp-sink takes them, such as "-f RCPT".</param>
    public static async Task<SmtpSink> StartAsync(params string[] options)
    {
        var folder = new TemporaryFolder();
        var address = Loopback.Next();
        (await Tool.RunAsync("chown", "nobody", folder.Make("mail"))).Expect(0);
        return new SmtpSink(folder, address, options, await RunAsync(folder, address, options));
    }

    /// <summary>The messages it received, each preceded by its envelope (see the manual page); lines end with LF.</summary>
    public IReadOnlyList<string> Messages() => [.. Directory.GetFiles(_folder.File("mail")).Select(Read).Where(IsWhole)];

    /// <summary>Kills smtp-sink and starts it again at the same address. The messages stay.</summary>
    public async Task RestartAsync()
    {
        await _process.DisposeAsync();
        _process = await RunAsync(_folder, _address, _options);
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _folder.Dispose();
    }

    private static async Task<RunningProcess> RunAsync(TemporaryFolder folder, IPAddress address, string[] options)
    {
        var process = Tool.Start("smtp-sink", ["-u", "nobody", "-d", folder.File("mail/"), .. options, $"{address}:{Port}", "1024"]);
        await process.OpenAsync(new IPEndPoint(address, Port));
        return process;
    }

    // smtp-sink removes the file of a message that was broken off.
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

    // smtp-sink writes an empty line after a message. A message under way does not end with one yet.
    private static bool IsWhole(string message) => message.EndsWith("\n\n", StringComparison.Ordinal);
}
