using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ThrottleNet.Cluster.Log;

namespace ThrottleNet.MxNode.Cluster.News;

/// <summary>A topic whose changes are records, as JSON.</summary>
/// <param name="name">See <see cref="NewsTopic"/>.</param>
/// <param name="json">The form of the records.</param>
/// <param name="changes">Where this node puts its own changes.</param>
/// <param name="all">Reads everything that this node knows.</param>
/// <param name="take">Takes over a change of another node; it may have been taken before.</param>
internal sealed class ListTopic<T>(string name, JsonTypeInfo<IReadOnlyList<T>> json, NewsBuffer<T> changes, Func<IReadOnlyList<T>> all, Action<T> take) : NewsTopic(name)
{
    public override byte[]? TakeNews() => changes.TakeAll() is { Count: > 0 } news ? JsonSerializer.SerializeToUtf8Bytes(news, json) : null;

    public override byte[] ReadAll() => JsonSerializer.SerializeToUtf8Bytes(all(), json);

    public override void Apply(byte[] news, NodeId from)
    {
        foreach (var change in Read(news))
        {
            take(change);
        }
    }

    private IReadOnlyList<T> Read(byte[] news)
    {
        try
        {
            return JsonSerializer.Deserialize(news, json) ?? [];
        }
        catch (JsonException e)
        {
            throw new InvalidDataException(e.Message, e);
        }
    }
}
