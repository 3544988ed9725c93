using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Cluster;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Hosting;
using ThrottleNet.MxNode.Pki;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.TestKit;

namespace ThrottleNet.MxNode.Tests.Cluster;

/// <summary>Silos connect under certificates of the cluster's own authority.</summary>
[Trait("Category", "Slow")]
[Collection(SiloTests.Name)]
public sealed class ClusterCertificateTests : IAsyncLifetime
{
    private static readonly IpBlock Host = IpBlock.Of(IPAddress.Parse("198.51.100.7"));

    private readonly TestPki _pki = new("test", isCluster: true);
    private readonly TestPki _other = new("test", isCluster: true);
    private readonly ClusterNodes _cluster = new();

    [Fact]
    public async Task Nodes_with_certificates_form_a_cluster_and_a_silo_without_one_has_no_part_in_it()
    {
        await Task.WhenAll(_cluster.StartAsync("a", c => With(_pki, "a", c)), _cluster.StartAsync("b", c => With(_pki, "b", c)));
        await _cluster.ReadyAsync();
        await _cluster.StartAsync("without");
        await _cluster.StartAsync("other", c => With(_other, "other", c));
        Assert.All(new[] { "a", "b" }, name => Assert.Equal(2, _cluster[name].LiveNodes));
        Assert.All(new[] { "without", "other" }, name => Assert.Equal(1, _cluster[name].LiveNodes));
        await _cluster.AttemptAsync(_cluster["without"], Host);
        await _cluster.AttemptAsync(_cluster["other"], Host);
        await _cluster.AttemptAsync(_cluster["a"], Host);
        Assert.InRange(_cluster["a"].Count(Host), 0.9, 1);
    }

    // Where it writes into the list of members all the same, the others do not answer it.
    [Fact]
    public async Task A_silo_in_the_same_list_without_a_certificate_cannot_connect()
    {
        await _cluster.StartAsync("a", c => With(_pki, "a", c));
        await _cluster.StartAsync("without", c => c with { Cluster = c.Cluster with { Members = $"{c.Cluster.Members}.{NetworkAuthority.Read(_pki.Authority).KeyId}" } }, takesPart: false);
        await _cluster["without"].Log.UntilAsync(9002);
        Assert.Equal(1, _cluster["a"].LiveNodes);
        Assert.DoesNotContain(_cluster["without"].Log.Lines, l => l.Event == 9000);
    }

    [Fact]
    public async Task A_renewed_certificate_is_used_without_a_restart_and_a_damaged_one_is_not()
    {
        await _cluster.StartAsync("a", c => With(_pki, "a", c));
        var store = _cluster["a"].Services.GetRequiredService<ClusterCredentialStore>();
        var first = store.Current()!.Certificate.Thumbprint;
        var (certificate, _) = _pki.Issue("a", "cluster");
        await Eventually.HoldsAsync("the renewed certificate", () => store.Current()!.Certificate.Thumbprint != first);
        await _cluster["a"].Log.UntilAsync(9013);
        var second = store.Current()!.Certificate.Thumbprint;
        File.WriteAllText(certificate, "nonsense");
        await Eventually.HoldsAsync("a line about the damaged one", () => store.Current() is not null && _cluster["a"].Log.Lines.Any(l => l.Event == 9014));
        Assert.Equal(second, store.Current()!.Certificate.Thumbprint);
        await _cluster.StartAsync("b", c => With(_pki, "b", c));
        await Eventually.HoldsAsync("two nodes", () => _cluster.All.All(n => n.LiveNodes == 2));
    }

    [Fact]
    public void The_log_says_that_a_certificate_ends_and_that_it_has_ended()
    {
        var time = new FakeTimeProvider();
        time.Advance(TimeProvider.System.GetUtcNow() - time.GetUtcNow());
        var (certificate, key) = _pki.Issue("a", "cluster", validity: TimeSpan.FromDays(40), at: time.GetUtcNow());
        var lines = new CapturedLog();
        using var logging = new LoggerFactory([lines]);
        var log = new ClusterLog(new Logger<ClusterLog>(logging));
        var options = new ClusterOptions { Name = "test", Certificate = certificate, Key = key, Authority = _pki.Authority };
        using var watch = new ClusterCertificateWatch(options, new ClusterCredentialStore(options, log, time), log, new NodeHealth(time, new Logger<NodeHealth>(logging)));
        watch.Look();
        Assert.Empty(lines.Lines);
        time.Advance(TimeSpan.FromDays(10.5));
        watch.Look();
        watch.Look();
        Assert.Contains("days left: 29", Assert.Single(lines.Lines, l => l.Event == 9016).Message, StringComparison.Ordinal);
        time.Advance(TimeSpan.FromDays(30));
        watch.Look();
        watch.Look();
        Assert.Contains(certificate, Assert.Single(lines.Lines, l => l.Event == 9017).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_authority_of_a_network_or_of_another_cluster_ends_the_start()
    {
        using var network = new TestPki("test");
        using var cluster = new TestPki("elsewhere", isCluster: true);
        foreach (var pki in new[] { network, cluster })
        {
            var failure = await Assert.ThrowsAsync<StartException>(() => _cluster.StartAsync("a", c => With(pki, "a", c)));
            Assert.Contains("pki init --cluster test", failure.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_silo_that_other_machines_can_reach_needs_a_certificate()
    {
        var errors = new ClusterOptions { Name = "test", Listen = new(IPAddress.Parse("192.0.2.1"), 8027), Members = "redis:127.0.0.1:6379" }.Validate("Cluster").ToList();
        Assert.Contains("Cluster:Certificate: is not set", Assert.Single(errors), StringComparison.Ordinal);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _cluster.DisposeAsync();
        _pki.Dispose();
        _other.Dispose();
    }

    private static NodeConfiguration With(TestPki pki, string name, NodeConfiguration configuration)
    {
        var (certificate, key) = pki.Issue(name, "cluster");
        return configuration with { Cluster = configuration.Cluster with { Certificate = certificate, Key = key, Authority = pki.Authority } };
    }
}
