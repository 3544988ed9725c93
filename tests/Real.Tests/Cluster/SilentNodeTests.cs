using Grpc.Net.Client;
using ThrottleNet.Protocol.Admin;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Cluster;

/// <summary>A node that stands still (SIGSTOP) delays no answer about the cluster, and is named in it.</summary>
public sealed class SilentNodeTests
{
    [NeedsFact(LocalCluster.Python, LocalCluster.Sink, RedisServer.Program)]
    public async Task A_node_that_stands_still_is_named_by_peers_and_status_at_another_node_by_every_way()
    {
        var port = Ports.Free();
        await using var redis = await RedisServer.StartAsync();
        await using var cluster = await LocalCluster.StartAsync(name => [.. redis.Settings, .. name == "a" ? new[] { $"Admin:GrpcListen=127.0.0.1:{port}" } : []], "a", "b");
        await redis.KillAsync(); // without it no node can declare another one dead, so it stays live
        await cluster["b"].PauseAsync();
        Assert.Contains("node b of this cluster did not answer within a second", await AskAsync("peers"), StringComparison.Ordinal);
        Assert.Contains("b did not answer within a second", await AskAsync("status"), StringComparison.Ordinal);
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{port}");
        var admin = new Admin.AdminClient(channel);
        Assert.Equal(["b"], (await admin.ListPeersAsync(new ListPeersRequest())).Silent);
        Assert.Equal(["a"], (await admin.GetStatusAsync(new GetStatusRequest())).Cluster.Members.Where(m => m.Answered).Select(m => m.Name));
        await cluster["b"].ResumeAsync();
        await Eventually.HoldsAsync("an answer of both", async () => (await admin.ListPeersAsync(new ListPeersRequest())).Silent.Count == 0);
        Assert.DoesNotContain("did not answer", await AskAsync("status"), StringComparison.Ordinal);

        async Task<string> AskAsync(string command) => (await NodeProcess.CommandAsync(command, "--set", $"Admin:Listen={cluster["a"].Admin.Authority}")).Expect(0).Output;
    }
}
