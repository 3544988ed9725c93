using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ThrottleNet.MxNode.Admin;
using ThrottleNet.TrustList.Logs;

namespace ThrottleNet.MxNode.Cli.Trust;

/// <summary>The result of a signing command.</summary>
internal sealed record SignReport(StatementReport Statement, string Line, bool Written, IReadOnlyList<string> Warnings);

/// <summary>A key without its private part.</summary>
internal sealed record KeyReport(string Id, string PublicKey, string Path);

/// <summary>The result of verifying a log.</summary>
internal sealed record VerifyReport(string Path, string? Author, int Statements, bool Sound, IReadOnlyList<string> Faults)
{
    public static VerifyReport Of(string path, LogReading reading, IEnumerable<string> more)
    {
        List<string> faults = [.. reading.Faults.Select(fault => $"{fault}"), .. more];
        if (reading.Torn is not null)
        {
            faults.Add($"{reading.Torn}; the next statement puts it aside");
        }

        return new(path, reading.Key?.Id, reading.Statements.Count, reading.Key is not null && faults.Count == 0, faults);
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true)]
[JsonSerializable(typeof(SignReport))]
[JsonSerializable(typeof(KeyReport))]
[JsonSerializable(typeof(TrustListReport))]
[JsonSerializable(typeof(TrustSubjectReport))]
[JsonSerializable(typeof(IReadOnlyList<StatementReport>))]
[JsonSerializable(typeof(IReadOnlyList<VerifyReport>))]
internal sealed partial class TrustJson : JsonSerializerContext
{
    /// <summary>Writes non-ASCII characters unescaped: the output goes to a terminal or a program, never into HTML.</summary>
    public static TrustJson Plain { get; } = new(new JsonSerializerOptions(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
