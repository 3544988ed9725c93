using System.Globalization;

namespace ThrottleNet.MxNode.Trust;

/// <summary>Reads times as admins type them.</summary>
internal static class TrustTimes
{
    /// <summary>How long an entry lasts when no expiry is given.</summary>
    public static readonly TimeSpan DefaultTerm = TimeSpan.FromDays(365);

    /// <summary>Reads "90d", "12h", "2027-01-31" (its first second, UTC) or "2027-01-31T12:00:00Z".</summary>
    /// <exception cref="TrustRefusalException">The text is none of these.</exception>
    public static DateTimeOffset Parse(string text, DateTimeOffset now)
    {
        if (text.Length > 1 && text[^1] is 'd' or 'h' && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && count is > 0 and < 100_000)
        {
            return Cut(now) + (text[^1] == 'd' ? TimeSpan.FromDays(count) : TimeSpan.FromHours(count));
        }

        return DateTimeOffset.TryParseExact(text, ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm:ss'Z'"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : throw new TrustRefusalException($"{text} is not a time; write it as 90d, 12h, 2027-01-31 or 2027-01-31T12:00:00Z");
    }

    public static DateTimeOffset Default(DateTimeOffset now) => Cut(now) + DefaultTerm;

    private static DateTimeOffset Cut(DateTimeOffset now) => new(now.UtcTicks - (now.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero);
}
