using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ThrottleNet.MxNode.Admin;

namespace ThrottleNet.MxNode.Cli.Trust;

/// <summary>The result of a signing command.</summary>
internal sealed record SignReport(StatementReport Statement, string Line, bool Written, IReadOnlyList<string> Warnings);

/// <summary>A key without its private part.</summary>
internal sealed record KeyReport(string Id, string PublicKey, string Path);

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
