using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.Protocol.MtaSts;

/// <summary>A domain's policy: which mail exchangers it has, and that they are to be reached by TLS with a valid certificate (RFC 8461, section 3.2).</summary>
/// <param name="Mode">What a sender does when none of them can be reached so.</param>
/// <param name="Patterns">Canonical host names, or "*." and one: the names of mail exchangers. At least one, except in mode none.</param>
/// <param name="MaxAge">How long the policy may be cached.</param>
public sealed record MtaStsPolicy(MtaStsMode Mode, ImmutableArray<string> Patterns, TimeSpan MaxAge)
{
    /// <summary>Octets of the longest policy (RFC 8461, section 3.3, suggests this bound).</summary>
    public const int MaxLength = 64 * 1024;

    /// <summary>The most patterns. RFC 8461 has no bound; this one and <see cref="MaxPatternsLength"/> keep the memory of a policy small.</summary>
    public const int MaxPatterns = 256;

    /// <summary>The most characters of all patterns together.</summary>
    public const int MaxPatternsLength = 8 * 1024;

    /// <summary>The longest <see cref="MaxAge"/>, about a year (RFC 8461, section 3.2).</summary>
    public static readonly TimeSpan LongestAge = TimeSpan.FromSeconds(31_557_600);

    private const int MaxAgeDigits = 10;
    private const string Wildcard = "*.";

    /// <summary>Reads a policy. Unknown fields, and repeated ones but mx, are ignored.</summary>
    /// <param name="octets">The body of the HTTP response.</param>
    /// <param name="fault">What is wrong; null if the policy is valid.</param>
    /// <returns>The policy; null if it is not valid.</returns>
    public static MtaStsPolicy? Read(ReadOnlySpan<byte> octets, out string? fault)
    {
        fault = octets.Length > MaxLength ? $"it is longer than {MaxLength} octets" : null;
        if (fault is not null)
        {
            return null;
        }

        string? version = null, mode = null, age = null;
        var patterns = ImmutableArray.CreateBuilder<string>();
        foreach (var line in Encoding.Latin1.GetString(octets).AsSpan().EnumerateLines())
        {
            var colon = line.IndexOf(':');
            if (colon < 0)
            {
                continue;
            }

            var value = line[(colon + 1)..].Trim(" \t").ToString();
            switch (line[..colon].Trim(" \t"))
            {
                case "version":
                    version ??= value;
                    break;
                case "mode":
                    mode ??= value;
                    break;
                case "max_age":
                    age ??= value;
                    break;
                case "mx":
                    patterns.Add(value.ToLowerInvariant());
                    break;
            }
        }

        var parsed = ParseMode(mode);
        var isAge = TryParseAge(age, out var maxAge);
        fault = version != "STSv1" ? "its version is not STSv1"
            : parsed is null ? "its mode is none of enforce, testing, none"
            : !isAge ? "its max_age is not a number of seconds"
            : patterns.Count > MaxPatterns ? $"it has more than {MaxPatterns} mx"
            : patterns.Sum(pattern => pattern.Length) > MaxPatternsLength ? $"its mx have more than {MaxPatternsLength} characters together"
            : patterns.FirstOrDefault(pattern => !IsPattern(pattern)) is { } bad ? $"its mx \"{Shown(bad)}\" is not a host name"
            : patterns.Count == 0 && parsed != MtaStsMode.None ? "it has no mx"
            : null;
        return fault is null ? new MtaStsPolicy(parsed!.Value, patterns.DrainToImmutable(), maxAge) : null;

        static MtaStsMode? ParseMode(string? text) => text switch
        {
            "enforce" => MtaStsMode.Enforce,
            "testing" => MtaStsMode.Testing,
            "none" => MtaStsMode.None,
            _ => null,
        };
    }

    /// <summary>The policy as a text that <see cref="Read"/> reads as the same policy.</summary>
    public override string ToString()
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"version: STSv1\nmode: {Mode.ToString().ToLowerInvariant()}\n");
        foreach (var pattern in Patterns)
        {
            text.Append(CultureInfo.InvariantCulture, $"mx: {pattern}\n");
        }

        return text.Append(CultureInfo.InvariantCulture, $"max_age: {(long)MaxAge.TotalSeconds}\n").ToString();
    }

    /// <summary>Whether a host is one of the policy's mail exchangers. A wildcard stands for exactly one label (RFC 8461, section 4.1).</summary>
    /// <param name="host">Canonical.</param>
    public bool Lists(string host)
    {
        var dot = host.IndexOf('.', StringComparison.Ordinal);
        foreach (var pattern in Patterns)
        {
            if (pattern == host || (dot > 0 && pattern.StartsWith(Wildcard, StringComparison.Ordinal) && pattern.AsSpan(1).SequenceEqual(host.AsSpan(dot))))
            {
                return true;
            }
        }

        return false;
    }

    public bool Equals(MtaStsPolicy? other) =>
        other is not null && Mode == other.Mode && MaxAge == other.MaxAge && Patterns.AsSpan().SequenceEqual(other.Patterns.AsSpan());

    public override int GetHashCode() => HashCode.Combine(Mode, MaxAge, Patterns.Length);

    private static bool IsPattern(string text) => HostNames.IsCanonical(text.StartsWith(Wildcard, StringComparison.Ordinal) ? text[Wildcard.Length..] : text);

    private static bool TryParseAge(string? text, out TimeSpan age)
    {
        age = default;
        if (text is not { Length: > 0 and <= MaxAgeDigits } || !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
        {
            return false;
        }

        age = TimeSpan.FromSeconds(Math.Min(seconds, (long)LongestAge.TotalSeconds));
        return true;
    }

    // The text is a stranger's and goes into a log line.
    private static string Shown(string text) => string.Concat(text.Take(80).Select(c => c is > ' ' and <= '~' and not '"' ? c : '?'));
}
