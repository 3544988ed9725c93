using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using ThrottleNet.MxNode.Hosting;
using ThrottleNet.MxNode.Tests.Documents;

namespace ThrottleNet.MxNode.Tests.Cli;

/// <summary>
/// The JSON that programs read: the answers of /api, what commands print with --json, the guard's answers, and what nodes of one cluster and the queue's files have
/// in JSON. json.golden has a line for each property, with its type. A line may be added; one that changes or goes breaks a reader.
/// </summary>
public sealed class JsonShapesTests
{
    [Fact]
    public void Each_property_has_the_name_and_the_type_of_the_golden_file()
    {
        var contexts = typeof(NodeHost).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(JsonSerializerContext)))
            .OrderBy(type => type.Name, StringComparer.Ordinal)
            .Select(type => (JsonSerializerContext)type.GetProperty("Default")!.GetValue(null)!)
            .ToList();
        Assert.InRange(contexts.Count, 8, int.MaxValue);
        Assert.Equal(File.ReadAllLines(Repository.File("tests/MxNode.Tests/Cli/json.golden")), contexts.SelectMany(Lines));
    }

    private static IEnumerable<string> Lines(JsonSerializerContext context) =>
        from property in context.GetType().GetProperties()
        where property.PropertyType.IsGenericType && property.PropertyType.GetGenericTypeDefinition() == typeof(JsonTypeInfo<>)
        let shape = (JsonTypeInfo)property.GetValue(context)!
        where shape.Kind == JsonTypeInfoKind.Object
        orderby property.Name
        from line in shape.Properties.Select(member => $"{context.GetType().Name} {property.Name}.{member.Name}: {Name(member.PropertyType)}").Order(StringComparer.Ordinal)
        select line;

    private static string Name(Type type) => type switch
    {
        { IsArray: true } => $"{Name(type.GetElementType()!)}[]",
        { IsGenericType: true } => $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>",
        _ => type.Name,
    };
}
