using System.Net;
using System.Text.RegularExpressions;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Relay;

/// <summary>
/// Recognises refusals that are about this relay and not about the mail: a 5xx before MAIL, or one that names the relay's own address.
/// Such a refusal is never passed on as a 5xx, because the sender's mail would be lost for the relay's name. It is counted by
/// destination and list, and logged once an hour for each destination. Thread-safe, bounded.
/// </summary>
internal sealed class NameRefusals(OwnIdentity self, NameRule rule, NodeMetrics metrics, TimeProvider clock, ILogger<NameRefusals> logger)
{
    private const int MaxHops = 1024;

    // Anybody can make host names that refuse; they must not fill the log.
    private const int WarningsAnHour = 32;

    private static readonly TimeSpan WarnEvery = TimeSpan.FromHours(1);

    // The text is the next hop's: NonBacktracking takes time in proportion to its length, whatever it is.
    private static readonly Regex Word = new(@"[\w.@-]+", RegexOptions.NonBacktracking);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, NameRefusal> _hops = [];
    private DateTimeOffset _hour;
    private int _warnings;

    /// <summary>The destinations that have refused this relay since the start, each with its last reason.</summary>
    public IReadOnlyList<NameRefusal> Report()
    {
        lock (_lock)
        {
            return [.. _hops.Values];
        }
    }

    /// <summary>Whether so many destinations refuse this relay that it leaves the magic name.</summary>
    public bool ShouldLeave => rule.ShouldLeave();

    /// <summary>A next hop took a recipient or a message.</summary>
    /// <param name="hop">Its address.</param>
    public void NoteTaken(IPAddress hop) => rule.Note(hop, refused: false);

    /// <summary>
    /// True when a refusal of mail is about the relay: it is permanent, its enhanced status is a security or policy status
    /// (RFC 3463, section 3.8) and it names the relay's address or host name; or it has no such status and names the address.
    /// </summary>
    /// <param name="reply">The next hop's reply to MAIL, RCPT, DATA or the text.</param>
    /// <param name="local">The address this relay calls the next hop from.</param>
    public bool IsAboutRelay(SmtpReply reply, IPAddress? local)
    {
        if (!reply.IsPermanent || reply.Status is { Subject: not (0 or 7) })
        {
            return false;
        }

        var text = string.Join(' ', reply.Lines);
        return self.Sources.Append(local).OfType<IPAddress>().Any(address => NamedAddresses.Has(text, address))
            || (reply.Status is { Subject: 7 } && self.HostName.Contains('.', StringComparison.Ordinal) && Names(text, self.HostName));
    }

    /// <summary>Counts a refusal, and warns if that is due.</summary>
    /// <param name="host">The next hop's host name.</param>
    /// <param name="hop">Its address.</param>
    /// <param name="stage">greeting, hello, mail, rcpt or text.</param>
    /// <param name="reply">What it said.</param>
    public void Note(string host, IPAddress hop, string stage, SmtpReply reply)
    {
        metrics.RelayRefused(stage);
        rule.Note(hop, refused: true);
        var list = ListIn(string.Join(' ', reply.Lines), host);
        bool warn;
        NameRefusal refusal;
        lock (_lock)
        {
            if (!_hops.TryGetValue(host, out var before) && _hops.Count >= MaxHops)
            {
                _hops.Remove(_hops.MinBy(pair => pair.Value.Last).Key);
            }

            var now = clock.GetUtcNow();
            warn = (before is null || now - before.Warned >= WarnEvery) && MayWarn(now);
            refusal = _hops[host] = new NameRefusal(host, list, (before?.Count ?? 0) + 1, now, warn ? now : before?.Warned ?? DateTimeOffset.MinValue);
        }

        if (warn)
        {
            RelayLog.RefusedForItsName(logger, host, stage, $"{reply.Code} {reply.Status}".TrimEnd(), list ?? "no list", refusal.Count);
        }
    }

    // Needs the lock.
    private bool MayWarn(DateTimeOffset now)
    {
        if (now - _hour >= WarnEvery)
        {
            (_hour, _warnings) = (now, 0);
        }

        return _warnings++ < WarningsAnHour;
    }

    private string? ListIn(string text, string host) =>
        Word.Matches(text).Select(match => match.Value.TrimEnd('.').ToLowerInvariant()).FirstOrDefault(word =>
            IsHostName(word) && word != self.HostName && word != host && !text.Contains('@' + word, StringComparison.OrdinalIgnoreCase));

    private static bool IsHostName(string word) =>
        word.Split('.') is [_, .., { Length: >= 2 } last] labels && char.IsAsciiLetter(last[0]) && !last.Contains('_', StringComparison.Ordinal)
        && labels.All(label => label.Length > 0 && label.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'));

    // As a word of its own: 192.0.2.1 does not stand in 192.0.2.10.
    private static bool Names(string text, string name)
    {
        for (var at = text.IndexOf(name, StringComparison.OrdinalIgnoreCase); at >= 0; at = text.IndexOf(name, at + 1, StringComparison.OrdinalIgnoreCase))
        {
            var end = at + name.Length;
            if ((at == 0 || !IsPart(text[at - 1])) && (end == text.Length || !IsPart(text[end]) || (text[end] == '.' && (end + 1 == text.Length || !IsPart(text[end + 1])))))
            {
                return true;
            }
        }

        return false;

        static bool IsPart(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or ':';
    }
}
