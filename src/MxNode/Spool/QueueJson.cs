using System.Text.Json;
using System.Text.Json.Serialization;

namespace ThrottleNet.MxNode.Spool;

/// <summary>The heads of records as JSON. A field that is added later has a default, so that older files stay readable.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(MessageRecord))]
[JsonSerializable(typeof(ChangeRecord))]
internal sealed partial class QueueJson : JsonSerializerContext;
