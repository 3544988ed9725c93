using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using ThrottleNet.Protocol.Milter;

namespace ThrottleNet.Protocol.Tests.Milter;

/// <summary>
/// Plays a written dialogue: "! event arguments" is an event of the server, "&gt; packet" the packet that it must send, "&lt; packet" the
/// filter's reply, and "= outcome" the result that the client must return.
/// </summary>
internal sealed class Dialogue
{
    private static readonly Dictionary<string, string> Values = new()
    {
        ["j"] = "mx.test",
        ["{daemon_name}"] = "mx.test",
        ["{daemon_addr}"] = "192.0.2.25",
        ["v"] = "ThrottleNet 1",
        ["_"] = "client.test [192.0.2.1]",
        ["{client_port}"] = "4321",
        ["i"] = "A1",
        ["{mail_addr}"] = "a@x.test",
        ["{rcpt_addr}"] = "b@y.test",
    };

    private readonly MilterClient _client = new(maxBody: 1000);
    private readonly ArrayBufferWriter<byte> _sent = new();
    private readonly Queue<string> _shown = [];

    public static void Play(string script) => new Dialogue().Run(script);

    private void Run(string script)
    {
        var filter = new List<string>();
        foreach (var line in script.Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0 && l[0] != '#'))
        {
            var text = line.Length > 2 ? line[2..] : "";
            switch (line[0])
            {
                case '!':
                    Assert.Empty(_shown);
                    Assert.Empty(filter);
                    Do(text.Split(' ', 2));
                    MilterBytes.Show(_sent.WrittenMemory.ToArray()).ToList().ForEach(_shown.Enqueue);
                    _sent.ResetWrittenCount();
                    break;
                case '>':
                    Assert.Equal(text, _shown.TryDequeue(out var sent) ? sent : "(nothing)");
                    break;
                case '<':
                    filter.Add(text);
                    break;
                case '=':
                    Assert.Equal(text, Outcome(MilterBytes.Packets([.. filter])));
                    filter.Clear();
                    break;
                default:
                    Assert.Fail($"'{line}' is none of this language");
                    break;
            }
        }

        Assert.Empty(_shown);
    }

    private void Do(string[] words)
    {
        var arguments = words.Length > 1 ? words[1] : "";
        var waits = words[0] switch
        {
            "negotiate" => Void(_client.Negotiate),
            "connect" => _client.Connect(_sent, Peer(arguments), Value),
            "helo" => _client.Helo(_sent, arguments, Value),
            "mail" => _client.Mail(_sent, arguments.Split(' '), Value),
            "rcpt" => _client.Recipient(_sent, arguments.Split(' '), Value),
            "data" => _client.Data(_sent, Value),
            "unknown" => _client.Unknown(_sent, arguments),
            "header" => _client.Header(_sent, arguments.Split(':')[0], Encoding.UTF8.GetBytes(arguments.Split(':', 2)[1])),
            "eoh" => _client.EndOfHeaders(_sent, Value),
            "body" => _client.Body(_sent, Encoding.UTF8.GetBytes(arguments)),
            "eom" => _client.EndOfMessage(_sent, Value),
            "abort" => Void(_client.Abort),
            "quit" => Void(_client.Quit),
            "keep" => Void(_client.QuitAndKeep),
            _ => throw new FormatException(words[0]),
        };
        Assert.True(waits == _client.IsWaiting || words[0] is "negotiate" or "keep");
    }

    private bool Void(Action<IBufferWriter<byte>> act)
    {
        act(_sent);
        return false;
    }

    private static string? Value(string name) => Values.GetValueOrDefault(name);

    private static MilterPeer Peer(string words) => words.Split(' ') switch
    {
        ["unix", var path] => new MilterPeer(null, new UnixDomainSocketEndPoint(path)),
        ["unknown"] => new MilterPeer(null, null),
        [var address, var name] => new MilterPeer(name, IPEndPoint.Parse(address)),
        var alone => new MilterPeer(null, IPEndPoint.Parse(alone[0])),
    };

    private string Outcome(byte[] octets)
    {
        var input = new ReadOnlySequence<byte>(octets);
        var outcome = new List<string>();
        while (true)
        {
            var read = _client.Read(ref input);
            outcome.Add(Show(read));
            if (read.Status is MilterReadStatus.Answer or MilterReadStatus.Fault or MilterReadStatus.NeedMore)
            {
                return string.Join("; ", outcome);
            }
        }
    }

    public static string Show(MilterRead read) => read switch
    {
        { Status: MilterReadStatus.Fault } => $"fault: {read.Fault}",
        { Answer.Reply: { } reply } => $"{read.Answer.Verdict} {reply}",
        { Answer: { } answer } => answer.Verdict.ToString(),
        { Status: MilterReadStatus.BodyPiece } => $"body {Text(Encoding.UTF8.GetString(read.Body))}",
        { Change: MilterChange.AddHeader c } => $"add {c.Name}:{Text(c.Value)}",
        { Change: MilterChange.InsertHeader c } => string.Create(CultureInfo.InvariantCulture, $"insert {c.Index} {c.Name}:{Text(c.Value)}"),
        { Change: MilterChange.ChangeHeader c } => string.Create(CultureInfo.InvariantCulture, $"change {c.Index} {c.Name}:{Text(c.Value)}"),
        { Change: MilterChange.AddRecipient c } => $"add recipient {c.Address} {c.Arguments}".TrimEnd(),
        { Change: MilterChange.DeleteRecipient c } => $"delete recipient {c.Address}",
        { Change: MilterChange.ChangeSender c } => $"change sender {c.Address} {c.Arguments}".TrimEnd(),
        { Change: MilterChange.Quarantine c } => $"quarantine {c.Reason}",
        _ => read.Status.ToString(),
    };

    private static string Text(string value) => value.Replace("\r", "\\r", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
