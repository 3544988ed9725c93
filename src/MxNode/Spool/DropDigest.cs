using System.Globalization;
using System.Text;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Spool;

/// <summary>
/// Remembers the messages that failed and whose sender got no report, for the operator's daily digest. The list is a file beside the queue;
/// a line that a crash loses is missing in the digest only.
/// </summary>
internal sealed class DropDigest(string folder, TimeProvider time) : IDisposable
{
    // Octets of the list; beyond them the digest says only how many there were.
    private const int MaxList = 256 * 1024;

    private readonly string _file = Path.Combine(folder, "dropped.txt");
    private readonly SemaphoreSlim _turn = new(1);
    private int _beyond;

    /// <summary>Adds recipients of a message.</summary>
    public async Task AddAsync(QueuedEnvelope envelope, IReadOnlyList<RecipientResult> failed, string why)
    {
        var lines = new StringBuilder();
        foreach (var result in failed)
        {
            lines.Append(CultureInfo.InvariantCulture, $"{time.GetUtcNow():u} {envelope.Id} from <{envelope.Sender?.ToMailbox()}> [{envelope.Client?.Address ?? "this node"}]")
                .Append(CultureInfo.InvariantCulture, $" to <{envelope.Recipients[result.Place].ToMailbox()}>: {result.Reply} ({why})\n");
        }

        await _turn.WaitAsync();
        try
        {
            if (new FileInfo(_file) is { Exists: true, Length: > MaxList })
            {
                _beyond += failed.Count;
            }
            else
            {
                await File.AppendAllTextAsync(_file, lines.ToString());
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Takes the list, if its first line is a day old; null if there is none to send yet.</summary>
    public async Task<string?> TakeAsync(TimeSpan age)
    {
        await _turn.WaitAsync();
        try
        {
            if (!File.Exists(_file))
            {
                return null;
            }

            var text = await File.ReadAllTextAsync(_file);
            if (DateTimeOffset.TryParseExact(text.AsSpan(0, Math.Min(20, text.Length)), "u", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var first)
                && time.GetUtcNow() - first < age)
            {
                return null;
            }

            File.Delete(_file);
            var beyond = _beyond;
            _beyond = 0;
            return beyond == 0 ? text : string.Create(CultureInfo.InvariantCulture, $"{text}and {Plural.Of(beyond, "more recipient")}, not listed here\n");
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();
}
