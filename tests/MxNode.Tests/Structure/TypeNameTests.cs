using System.Reflection;

namespace ThrottleNet.MxNode.Tests.Structure;

/// <summary>One name, one concept: no two types of the product have the same name.</summary>
public sealed class TypeNameTests
{
    private static readonly string[] Products = ["ThrottleNet.Cluster", "ThrottleNet.Counting", "ThrottleNet.MxNode", "ThrottleNet.Protocol", "ThrottleNet.TrustList"];

    [Fact]
    public void No_two_types_have_the_same_name()
    {
        var types = Products.SelectMany(name => Assembly.Load(name).GetTypes())
            .Where(type => type is { IsNested: false, Namespace: { } space } && space.StartsWith("ThrottleNet", StringComparison.Ordinal) && !IsGenerated(type))
            .ToList();
        Assert.InRange(types.Count, 400, int.MaxValue);
        var twins = types.GroupBy(type => type.Name).Where(group => group.Count() > 1).Select(group => string.Join(" and ", group.Select(type => type.FullName)));
        Assert.Equal([], twins);
    }

    // Messages of the wire have the names of proto/; their namespaces keep them apart.
    private static bool IsGenerated(Type type) =>
        type.Namespace!.EndsWith(".Wire", StringComparison.Ordinal) || type.Name.Contains('<', StringComparison.Ordinal)
        || type.GetCustomAttribute<System.Runtime.CompilerServices.CompilerGeneratedAttribute>() is not null
        || type.GetCustomAttribute<System.CodeDom.Compiler.GeneratedCodeAttribute>() is not null;
}
