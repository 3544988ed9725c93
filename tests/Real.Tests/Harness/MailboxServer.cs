using System.Net;
using System.Text.Json;

namespace ThrottleNet.Real.Tests.Harness;

/// <summary>npm's smtp-server as a next hop. Unlike smtp-sink it offers both SMTPUTF8 and XCLIENT.</summary>
internal sealed class MailboxServer : IAsyncDisposable
{
    /// <summary>The programs that it needs.</summary>
    public const string Program = "node", Module = "npm:smtp-server";

    // Prints its port, then a line for each message.
    private const string Script = """
        const { SMTPServer } = require('smtp-server');
        const server = new SMTPServer({
          authOptional: true, useXClient: true, disableReverseLookup: true, disabledCommands: ['AUTH'],
          onData(stream, session, done) {
            const pieces = [];
            stream.on('data', piece => pieces.push(piece));
            stream.on('end', () => {
              console.log(JSON.stringify({
                from: session.envelope.mailFrom.address, to: session.envelope.rcptTo.map(r => r.address),
                client: session.remoteAddress, text: Buffer.concat(pieces).toString('utf8'),
              }));
              done();
            });
          },
        });
        server.on('error', () => {});
        server.listen(0, '127.0.0.1', () => console.log('port ' + server.server.address().port));
        """;

    private readonly RunningProcess _process;
    private readonly string _port;

    private MailboxServer(RunningProcess process, string port) => (_process, _port) = (process, port);

    public IReadOnlyList<Mail> Messages =>
        [.. _process.Lines.Where(l => l.StartsWith('{')).Select(l => JsonSerializer.Deserialize<Mail>(l, JsonSerializerOptions.Web)!)];

    public static async Task<MailboxServer> StartAsync()
    {
        var process = Tool.Start(Program, ["--eval", Script], workingFolder: Needs.ScriptFolder);
        var line = await process.LineAsync("its port", l => l.StartsWith("port ", StringComparison.Ordinal));
        return new MailboxServer(process, line[5..]);
    }

    /// <summary>The setting of a node that sends a domain's mail here.</summary>
    public string Route(string domain) => $"Relay:Routes:{domain}={IPAddress.Loopback}:{_port}";

    public async Task<Mail> MessageAsync()
    {
        await _process.LineAsync("a message", l => l.StartsWith('{'));
        return Messages[0];
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    /// <param name="Client">The client's address, from XCLIENT if that was given.</param>
    /// <param name="Text">The text with the line ends that it had on the wire.</param>
    internal sealed record Mail(string From, IReadOnlyList<string> To, string Client, string Text);
}
