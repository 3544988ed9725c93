using System.Text.Json.Serialization;

namespace ThrottleNet.MxNode.Simulate;

/// <summary>A simulation for programs: what was asked for (its seed replays it), and what came of it.</summary>
internal sealed record SimulationReport(SimulationOptions Options, SimulationResult Result);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(SimulationReport))]
internal sealed partial class SimulationJson : JsonSerializerContext;
