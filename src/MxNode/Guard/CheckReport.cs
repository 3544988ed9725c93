using System.Text.Json.Serialization;

namespace ThrottleNet.MxNode.Guard;

/// <summary>The guard's decision about a mail, for mail servers that ask by HTTP.</summary>
/// <param name="Action">"accept", "defer", "close" (answer and close the connection) or "reject".</param>
/// <param name="Reason">The reason's name: authenticated, trusted, relay, seen, courtesy, exhausted or unsure.</param>
/// <param name="Code">The SMTP code to answer; null with "accept".</param>
/// <param name="Status">The enhanced status code to answer; null with "accept".</param>
/// <param name="Text">The text to answer; null with "accept".</param>
internal sealed record CheckReport(string Action, string Reason, int? Code, string? Status, string? Text)
{
    public static CheckReport Of(GuardReason reason, GuardReply? reply) => new(
        reply?.Code switch { null => "accept", 421 => "close", < 500 => "defer", _ => "reject" }, reason.ToString().ToLowerInvariant(), reply?.Code, reply?.Status, reply?.Text);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SightingReport))]
[JsonSerializable(typeof(CheckReport))]
[JsonSerializable(typeof(IReadOnlyList<DropNotice>))]
[JsonSerializable(typeof(IReadOnlyList<CourtesyNote>))]
internal sealed partial class GuardJson : JsonSerializerContext;
