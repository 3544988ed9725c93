using System.Reflection;
using Xunit.Sdk;

namespace ThrottleNet.Real.Tests.Grpc;

/// <summary>Runs a test against our own server.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OurServerAttribute : DataAttribute
{
    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => [["ours"]];
}

/// <summary>Runs a test against the official JavaScript implementation's server.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TheirServerAttribute : DataAttribute
{
    public TheirServerAttribute() => Skip = Needs.Missing("node", "npm:@grpc/grpc-js", "npm:@grpc/proto-loader");

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => [["theirs"]];
}
