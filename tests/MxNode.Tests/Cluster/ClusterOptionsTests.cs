using System.Net;
using ThrottleNet.MxNode.Cluster;

namespace ThrottleNet.MxNode.Tests.Cluster;

public sealed class ClusterOptionsTests
{
    private static readonly ClusterOptions Sound = new() { Name = "relays", Listen = new(IPAddress.Loopback, 8027), Members = "redis:127.0.0.1:6379" };

    [Fact]
    public void Without_a_name_there_is_nothing_to_check() => Assert.Empty(new ClusterOptions().Validate("Cluster"));

    [Fact]
    public void A_cluster_on_loopback_needs_no_certificate() => Assert.Empty(Sound.Validate("Cluster"));

    [Fact]
    public void Each_fault_is_said_once_with_its_key()
    {
        Expect("Cluster:Listen", new ClusterOptions { Listen = Sound.Listen });
        Expect("Cluster:Name", Sound with { Name = "a|b" });
        Expect("Cluster:Listen", Sound with { Listen = null });
        Expect("Cluster:Address", Sound with { Listen = new(IPAddress.Any, 8027) });
        Expect("Cluster:Members", Sound with { Members = "zookeeper:x" });
        Expect("Cluster:Members", Sound with { Members = null });
        Expect("Cluster:MembersPasswordFile", Sound with { MembersPasswordFile = "/nonexistent" });
        Expect("Cluster:Shards", Sound with { Shards = 0 });
        Expect("Cluster:Poll", Sound with { Poll = TimeSpan.FromSeconds(1) });
    }

    [Fact]
    public void A_certificate_needs_its_key_and_its_authority()
    {
        var errors = (Sound with { Certificate = "/nonexistent" }).Validate("Cluster").ToList();
        Assert.Equal(["Cluster:Certificate", "Cluster:Key", "Cluster:Authority"], errors.Select(KeyOf));
    }

    private static void Expect(string key, ClusterOptions options) => Assert.Equal(key, KeyOf(Assert.Single(options.Validate("Cluster"))));

    private static string KeyOf(string error) => string.Join(':', error.Split(':')[..2]);
}
