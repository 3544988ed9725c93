using System.Text.Json.Serialization;

namespace ThrottleNet.MxNode.Doctor;

internal enum FindingLevel
{
    Good,
    Warning,
    Failure,
}

/// <summary>The result of one check: what was found, and what to do if it is wrong.</summary>
internal sealed record Finding(FindingLevel Level, string Text);

/// <summary>The results of all checks of a domain.</summary>
/// <param name="Domain">Lower case, A-labels.</param>
/// <param name="Healthy">This node would take the domain's mail, and no check has failed.</param>
/// <param name="Findings">In the order of the checks.</param>
internal sealed record DoctorReport(string Domain, bool Healthy, IReadOnlyList<Finding> Findings);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, UseStringEnumConverter = true)]
[JsonSerializable(typeof(DoctorReport))]
internal sealed partial class DoctorJson : JsonSerializerContext;
