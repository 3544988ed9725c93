using System.Text;
using ThrottleNet.TrustList.Logs;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.TrustList.Tests;

/// <summary>An author with a key and a growing log.</summary>
internal sealed class TestAuthor : IDisposable
{
    public static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly List<SignedStatement> _log = [];

    public SigningKey Key { get; } = SigningKey.Create();

    public string Id => Key.Public.Id;

    public IReadOnlyList<SignedStatement> Log => _log;

    public LogHead Head => _log.Count == 0 ? default : _log[^1].Head;

    public Statement Say(Statement draft, int minute)
    {
        _log.Add(SignedStatement.Sign(draft, Key, Head, Start.AddMinutes(minute)));
        return _log[^1].Statement;
    }

    /// <summary>The log as the octets of its file.</summary>
    public byte[] ToBytes() => Join([LogHeader.Line(Key.Public), .. _log.Select(signed => signed.Line.ToArray())]);

    public static byte[] Join(IEnumerable<byte[]> lines) => [.. lines.SelectMany(line => line.Append((byte)'\n'))];

    public static TrustSubject Subject(string text) =>
        TrustSubject.TryParse(text, out var subject, out var error) ? subject : throw new FormatException(error);

    public static Statement Enrol(string subject, int minutes = 60 * 24 * 365) => new()
    {
        Action = TrustAction.Enrol,
        Subject = Subject(subject),
        Kind = TrustKind.ListHost,
        Organisation = "Example e.V.",
        Contact = "postmaster@example.org",
        Expires = Start.AddMinutes(minutes),
    };

    public static Statement Renew(string subject, int minutes = 60 * 24 * 365) => Enrol(subject, minutes) with { Action = TrustAction.Renew };

    public static Statement Suspend(string subject) => new() { Action = TrustAction.Suspend, Subject = Subject(subject), Reason = "too many complaints" };

    public static Statement Revoke(string subject) => Suspend(subject) with { Action = TrustAction.Revoke };

    public static Statement Delegate(string subject, string to, int hosts = 100, int? rate = null, int minutes = 60 * 24 * 365) => new()
    {
        Action = TrustAction.Delegate,
        Subject = Subject(subject),
        Delegate = to,
        Organisation = "Example ISP",
        Contact = "noc@isp.example",
        Hosts = hosts,
        RatePerHour = rate,
        Expires = Start.AddMinutes(minutes),
    };

    public static string Text(ReadOnlyMemory<byte> line) => Encoding.UTF8.GetString(line.Span);

    public void Dispose() => Key.Dispose();
}
