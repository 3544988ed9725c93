using System.Text.Json.Serialization;

namespace ThrottleNet.MxNode.Cluster.Zone;

[JsonSourceGenerationOptions(RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(IReadOnlyList<NodeCard>))]
internal sealed partial class ZoneJson : JsonSerializerContext;
