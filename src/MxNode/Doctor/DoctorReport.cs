using System.Text.Json.Serialization;

namespace ThrottleNet.MxNode.Doctor;

internal enum FindingLevel
{
    Good,
    Warning,
    Failure,
}

/// <summary>One thing looked at: how it is, and what to do if it is not right.</summary>
internal sealed record Finding(FindingLevel Level, string Text);

/// <summary>What is right and wrong with a domain's MX records; healthy: this node would take its mail.</summary>
internal sealed record DoctorReport(string Domain, bool Healthy, IReadOnlyList<Finding> Findings);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, UseStringEnumConverter = true)]
[JsonSerializable(typeof(DoctorReport))]
internal sealed partial class DoctorJson : JsonSerializerContext;
