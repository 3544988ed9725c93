using System.Buffers;

namespace ThrottleNet.Protocol.MtaSts;

/// <summary>The TXT record that says that a domain has a policy, and which version of it (RFC 8461, section 3.1).</summary>
public static class MtaStsRecord
{
    /// <summary>The label below which the record stands: _mta-sts.example.com.</summary>
    public const string Label = "_mta-sts";

    private const string Version = "v=STSv1";
    private const int MaxId = 32;

    private static readonly SearchValues<char> IdCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");

    /// <summary>The policy's id among the texts of a name's TXT records; null unless exactly one record is of MTA-STS, and that one is valid.</summary>
    public static string? FindId(IEnumerable<string> texts)
    {
        var records = texts.Where(IsRecord).Take(2).ToList();
        return records is [var only] ? ReadId(only) : null;
    }

    /// <summary>Whether a text is an id: 1 to 32 letters and digits.</summary>
    public static bool IsId(ReadOnlySpan<char> text) => text.Length is > 0 and <= MaxId && !text.ContainsAnyExcept(IdCharacters);

    private static bool IsRecord(string text)
    {
        var rest = text.AsSpan();
        return rest.StartsWith(Version, StringComparison.Ordinal) && rest[Version.Length..].TrimStart(" \t") is [';', ..];
    }

    private static string? ReadId(string text)
    {
        foreach (var range in text.AsSpan().Split(';'))
        {
            var field = text.AsSpan()[range].Trim(" \t");
            if (field.StartsWith("id=", StringComparison.Ordinal))
            {
                var id = field[3..];
                return IsId(id) ? id.ToString() : null;
            }
        }

        return null;
    }
}
