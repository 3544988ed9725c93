using System.Text.Json.Serialization;

namespace ThrottleNet.MxNode.Doctor;

/// <summary>The results of all checks of a domain.</summary>
/// <param name="Domain">Lower case, A-labels.</param>
/// <param name="AsIf">The magic MX that was assumed to be published; null if the records were checked as they are.</param>
/// <param name="Level">The most severe level of the findings.</param>
/// <param name="NodeReply">What this node answers to RCPT for the domain's postmaster; null if the deadline came first.</param>
/// <param name="Findings">In the order of the checks.</param>
internal sealed record DoctorReport(string Domain, string? AsIf, FindingLevel Level, string? NodeReply, IReadOnlyList<Finding> Findings)
{
    /// <summary>No check has failed.</summary>
    public bool Healthy => Level < FindingLevel.Fail;
}

/// <summary>Writes levels in lower case: "pass", "skip", "warn", "fail".</summary>
internal sealed class LevelConverter() : JsonStringEnumConverter<FindingLevel>(System.Text.Json.JsonNamingPolicy.CamelCase);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, Converters = [typeof(LevelConverter)])]
[JsonSerializable(typeof(DoctorReport))]
internal sealed partial class DoctorJson : JsonSerializerContext;
