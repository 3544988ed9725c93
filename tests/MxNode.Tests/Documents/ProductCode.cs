using System.Reflection;
using ThrottleNet.Cluster.Log;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Hosting;
using ThrottleNet.Protocol.Smtp;
using ThrottleNet.TrustList;

namespace ThrottleNet.MxNode.Tests.Documents;

/// <summary>The types and members of the product, by the names that documents use.</summary>
internal static class ProductCode
{
    private const BindingFlags Any = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly ILookup<string, Type> Types = new[] { typeof(IpBlock), typeof(ShardLog), typeof(SmtpReply), typeof(NetworkText), typeof(NodeHost) }
        .SelectMany(t => t.Assembly.GetTypes())
        .ToLookup(t => t.Name.Split('`')[0]);

    /// <summary>Whether there is a type "Name", or a type with a member "Name.Member", whatever its parameters.</summary>
    public static bool Has(string name) => name.Split('.') switch
    {
        [var type] => Types[type].Any(),
        [var type, var member] => Types[type].Any(t => t.GetMember(member, Any).Length > 0),
        _ => false,
    };
}
