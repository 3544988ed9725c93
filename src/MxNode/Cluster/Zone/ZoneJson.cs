using System.Text.Json.Serialization;

namespace ThrottleNet.MxNode.Cluster.Zone;

[JsonSerializable(typeof(IReadOnlyList<NodeCard>))]
internal sealed partial class ZoneJson : JsonSerializerContext;
