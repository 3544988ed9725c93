using System.Reflection;
using NetArchTest.Rules;

namespace ThrottleNet.MxNode.Tests.Structure;

/// <summary>The libraries below the program have no sockets, host, logging or clock of their own, and do not know each other.</summary>
public sealed class PureLibraryTests
{
    private static readonly string[] Impure =
    [
        "Microsoft.AspNetCore", "Microsoft.Extensions", "System.Net.Sockets.Socket", "System.Net.Sockets.TcpClient", "System.Net.Sockets.UdpClient", "System.Net.Http", "System.Threading.Timer", "System.TimeProvider", "ThrottleNet.MxNode",
    ];

    public static TheoryData<string, string[]> Libraries => new()
    {
        { "ThrottleNet.Cluster", ["ThrottleNet.Protocol", "ThrottleNet.TrustList"] },
        { "ThrottleNet.Counting", ["ThrottleNet.Protocol", "ThrottleNet.TrustList", "ThrottleNet.Cluster"] },
        { "ThrottleNet.Protocol", ["ThrottleNet.TrustList"] },
        { "ThrottleNet.TrustList", ["ThrottleNet.Protocol"] },
    };

    [Theory]
    [MemberData(nameof(Libraries))]
    public void A_library_is_pure(string library, string[] others)
    {
        var types = Types.InAssembly(Assembly.Load(library));
        Assert.NotEmpty(types.GetTypes());
        var offences = Impure.Concat(others).SelectMany(name => types.That().HaveDependencyOnAny(name).GetTypes().Select(type => $"{type.FullName} uses {name}"));
        Assert.True(!offences.Any(), string.Join(Environment.NewLine, offences));
    }
}
