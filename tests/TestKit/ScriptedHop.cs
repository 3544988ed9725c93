using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace ThrottleNet.TestKit;

/// <summary>
/// A mail server that acts as the next hop. It behaves correctly, except at the steps where its script gives an action. The steps are
/// "greeting", "EHLO …" and every other command line as received, "tls" and "text" (in the middle of each), and "dot".
/// </summary>
internal sealed class ScriptedHop : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly ConcurrentDictionary<HopLink, Task> _links = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _stalled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _accepting;
    private readonly Func<HopMessage, Task<string>> _take;
    private int _received;

    /// <param name="endPoint">Where it listens; a free port of the loopback interface if null.</param>
    /// <param name="take">Takes a message and gives the reply; else each is taken at once.</param>
    public ScriptedHop(IPEndPoint? endPoint = null, Func<HopMessage, Task<string>>? take = null)
    {
        _take = take ?? (_ => Task.FromResult("250 2.0.0 queued"));
        endPoint ??= new IPEndPoint(IPAddress.Loopback, 0);
        _listener = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(endPoint);
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndPoint!;

    /// <summary>The lines of the EHLO reply after the host name.</summary>
    public IReadOnlyList<string> Offers { get; set; } = ["PIPELINING", "SIZE 1000000000", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"];

    /// <summary>The action at a step of a connection, given by its number; null for the usual reply.</summary>
    public Func<string, int, HopAction?> Script { get; set; } = (_, _) => null;

    /// <summary>Whether messages and commands are kept. A long load test counts them only.</summary>
    public bool KeepsMail { get; init; } = true;

    /// <summary>False: a next hop, or a firewall before it, that takes the octets of a chunk for commands.</summary>
    public bool KnowsBdat { get; set; } = true;

    public X509Certificate2? Certificate { get; set; }

    /// <summary>The certificates above its own, which it sends along.</summary>
    public X509Certificate2Collection CertificateChain { get; set; } = [];

    /// <summary>The versions of TLS that it takes; the system's choice by default.</summary>
    public SslProtocols TlsVersions { get; set; } = SslProtocols.None;

    /// <summary>Wraps the stream below TLS, so that a test sees the records.</summary>
    public Func<Stream, RecordingStream>? RecordTls { get; set; }

    public ConcurrentQueue<HopMessage> Messages { get; } = new();

    /// <summary>Each step with the number of its connection before it.</summary>
    public ConcurrentQueue<string> Log { get; } = new();

    public int Connections => Log.Count(line => line.EndsWith("greeting", StringComparison.Ordinal));

    /// <summary>The number of messages so far.</summary>
    public int Received => Volatile.Read(ref _received);

    /// <summary>Completes when the script has reached <see cref="HopAction.Stall"/>.</summary>
    public Task Stalled => _stalled.Task;

    public IEnumerable<string> Commands(int connection) =>
        Log.Where(line => line.StartsWith($"{connection} ", StringComparison.Ordinal)).Select(line => line[(line.IndexOf(' ') + 1)..]);

    /// <summary>Resets all connections.</summary>
    public void CutConnections()
    {
        foreach (var link in _links.Keys)
        {
            link.Vanish();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting.WaitAsync(Eventually.Patience);
        foreach (var (link, serving) in _links)
        {
            link.Vanish();
            await serving.WaitAsync(Eventually.Patience);
        }

        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            for (var number = 0; ; number++)
            {
                var socket = await _listener.AcceptAsync(_stop.Token);
                socket.NoDelay = true; // each answer is a small write of its own
                var link = new HopLink(socket, number);
                var serving = ServeAsync(link);
                _links[link] = serving;
                _ = serving.ContinueWith(_ => _links.TryRemove(link, out var _), TaskScheduler.Default);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(HopLink link)
    {
        try
        {
            using (link)
            {
                await TalkAsync(link);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException or EndOfStreamException)
        {
            // The client has closed the connection, or the script has ended it.
        }
    }

    private async Task TalkAsync(HopLink link)
    {
        string? xclient = null, mail = null;
        var recipients = new List<string>();
        var chunks = new List<byte>();
        await ReplyAsync(link, "greeting", "220 hop.test ESMTP");
        while (await link.ReadLineAsync() is { } line)
        {
            var verb = line.Split(' ')[0].ToUpperInvariant();
            switch (verb)
            {
                case "EHLO":
                    var offers = Offers.Where(offer => offer != "STARTTLS" || !link.IsTls);
                    string[] lines = ["hop.test", .. offers];
                    await ReplyAsync(link, line, string.Join("\r\n", lines.Select((text, i) => $"250{(i < lines.Length - 1 ? '-' : ' ')}{text}")));
                    break;
                case "STARTTLS":
                    if (await ReplyAsync(link, line, "220 2.0.0 go"))
                    {
                        if (Script("tls", link.Number) is { } instead)
                        {
                            await link.ReadSomeAsync();
                            await instead.RunAsync(link, _stalled, _stop.Token);
                        }

                        await link.StartTlsAsync(Certificate!, CertificateChain, TlsVersions, RecordTls);
                    }

                    break;
                case "XCLIENT":
                    xclient = await ReplyAsync(link, line, "220 hop.test ESMTP") ? line : xclient;
                    break;
                case "MAIL":
                    recipients.Clear();
                    chunks.Clear();
                    mail = mail is null
                        ? await ReplyAsync(link, line, "250 2.1.0 ok") ? line : null
                        : await ReplyAsync(link, line, "503 5.5.1 nested MAIL") ? line : mail;
                    break;
                case "RCPT" when mail is null:
                    await ReplyAsync(link, line, "503 5.5.1 MAIL first");
                    break;
                case "RCPT":
                    if (await ReplyAsync(link, line, "250 2.1.5 ok"))
                    {
                        recipients.Add(line);
                    }

                    break;
                case "DATA" when recipients.Count == 0:
                    await ReplyAsync(link, line, "503 5.5.1 RCPT first");
                    break;
                case "DATA":
                    if (!await ReplyAsync(link, line, "354 go on"))
                    {
                        break;
                    }

                    if (Script("text", link.Number) is { } action)
                    {
                        await link.ReadSomeAsync();
                        await action.RunAsync(link, _stalled, _stop.Token);
                    }

                    if (await link.ReadTextAsync() is not { } text)
                    {
                        return;
                    }

                    // The message is kept before the reply is sent, so that a test that has the reply finds it.
                    var verdict = Script("dot", link.Number);
                    var reply = verdict is { IsPositive: false } ? "" : await Keep(new HopMessage(mail!, [.. recipients], Unstuff(text), xclient, link.IsTls, link.Number));
                    mail = null;
                    await ReplyAsync(link, verdict, reply);
                    break;
                case "BDAT" when KnowsBdat:
                    chunks.AddRange(await link.ReadOctetsAsync(int.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture)));
                    var isLast = line.EndsWith(" LAST", StringComparison.Ordinal);
                    if (recipients.Count == 0 || mail is null)
                    {
                        await ReplyAsync(link, line, "503 5.5.1 RCPT first");
                        break;
                    }

                    var answer = Script(line, link.Number);
                    var usual = "250 2.0.0 taken";
                    if (isLast && answer is not { IsPositive: false })
                    {
                        usual = await Keep(new HopMessage(mail, [.. recipients], [.. chunks], xclient, link.IsTls, link.Number) { ByBdat = true });
                        mail = null;
                    }

                    await ReplyAsync(link, line, usual);
                    break;
                case "BDAT":
                    await ReplyAsync(link, line, "500 5.5.1 what?");
                    break;
                case "RSET":
                    mail = null;
                    await ReplyAsync(link, line, "250 2.0.0 ok");
                    break;
                case "QUIT":
                    await ReplyAsync(link, line, "221 2.0.0 bye");
                    return;
                default:
                    await ReplyAsync(link, line, "250 2.0.0 ok");
                    break;
            }
        }
    }

    private Task<string> Keep(HopMessage message)
    {
        Interlocked.Increment(ref _received);
        if (KeepsMail)
        {
            Messages.Enqueue(message);
        }

        return _take(message);
    }

    private static byte[] Unstuff(byte[] wire)
    {
        var content = new List<byte>(wire.Length);
        var lineStart = true;
        foreach (var octet in wire.AsSpan(0, wire.Length - 3))
        {
            if (!(lineStart && octet == '.'))
            {
                content.Add(octet);
            }

            lineStart = octet == '\n';
        }

        return [.. content];
    }

    private Task<bool> ReplyAsync(HopLink link, string step, string usual)
    {
        if (KeepsMail)
        {
            Log.Enqueue($"{link.Number} {step}");
        }

        return ReplyAsync(link, Script(step, link.Number), usual);
    }

    // True if the reply was positive.
    private async Task<bool> ReplyAsync(HopLink link, HopAction? action, string usual)
    {
        if (action is not null)
        {
            return await action.RunAsync(link, _stalled, _stop.Token);
        }

        await link.SayAsync(usual + "\r\n");
        return usual[0] is '2' or '3';
    }
}
