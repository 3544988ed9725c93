using System.Globalization;
using System.Text.RegularExpressions;
using k8s.Models;
using ThrottleNet.MxNode.Hosting;
using ThrottleNet.Real.Tests.Harness;
using ThrottleNet.Real.Tests.Packages;

namespace ThrottleNet.Real.Tests.Kubernetes;

/// <summary>k8s/ against the product: image, ports, probes, names, security.</summary>
public sealed class ManifestTests
{
    private const string Kubectl = "kubectl";
    private const decimal Mebibyte = 1 << 20;

    // In each container of k8s/base/relay.yaml.
    private const decimal Requested = 256 * Mebibyte;
    private const decimal Limit = 3072 * Mebibyte;

    // Throttle:MaxRows counts for each of these.
    private const int Tables = 4;

    // The runtime uses three quarters of a container's limit; a node that uses more than nine tenths of that ends sessions.
    private const decimal RuntimeShare = 0.75m;
    private const decimal UsedShare = 0.9m;

    public static TheoryData<string, string[]> Overlays => new() { { "single", [] }, { "cluster", [] }, { "cluster", Manifests.Components }, { "single", ["proxy-protocol", "monitoring", "egress"] } };

    [NeedsTheory(Kubectl)]
    [MemberData(nameof(Overlays))]
    public async Task Image_ports_names_and_security_fit_together(string overlay, string[] components)
    {
        var manifests = await Manifests.OfAsync(overlay, components);
        Assert.NotEmpty(manifests.Relays);
        var newest = File.ReadLines(Path.Combine(ReleaseFiles.Source, "CHANGELOG.md")).First(l => l.StartsWith("## ", StringComparison.Ordinal) && char.IsDigit(l[3])).Split(' ')[1];
        Assert.Contains($"{Manifests.Image}:$version", await File.ReadAllTextAsync(Path.Combine(ReleaseFiles.Source, "packaging/image/build")), StringComparison.Ordinal);
        foreach (var set in manifests.Relays)
        {
            var (pod, container) = (set.Spec.Template.Spec, Manifests.Container(set));
            Assert.Equal($"{Manifests.Image}:{newest}", container.Image);
            Assert.True(set.Spec.Selector.MatchLabels.All(set.Spec.Template.Metadata.Labels.Contains));
            Assert.Contains(manifests.All<V1Service>(), s => s.Metadata.Name == set.Spec.ServiceName && s.Spec.ClusterIP == "None");
            Assert.Contains(manifests.All<V1PodDisruptionBudget>(), b => b.Spec.Selector.MatchLabels.All(set.Spec.Template.Metadata.Labels.Contains) && b.Spec.MaxUnavailable == "1");

            // Names within the pod.
            var ports = container.Ports.Select(p => p.Name).ToList();
            Assert.All([container.StartupProbe, container.LivenessProbe, container.ReadinessProbe], probe => Assert.Contains(probe.HttpGet.Port.Value, ports));
            Assert.Equal(container.VolumeMounts.Select(m => m.Name).Order(), pod.Volumes.Select(v => v.Name).Concat(set.Spec.VolumeClaimTemplates.Select(c => c.Metadata.Name)).Order());
            foreach (var (variable, at) in container.Env.Select((e, i) => (e, i)).Where(e => e.e.Value is not null))
            {
                // A variable sees only those before it.
                var named = variable.Value.Split("$(").Skip(1).Select(part => part.Split(')')[0]);
                Assert.All(named, name => Assert.Contains(container.Env.Take(at), e => e.Name == name));
            }

            // The level "restricted" of the pod security standards.
            Assert.True(pod.SecurityContext.RunAsNonRoot);
            Assert.Equal((1654L, 1654L, "RuntimeDefault"), (pod.SecurityContext.RunAsUser, pod.SecurityContext.RunAsGroup, pod.SecurityContext.SeccompProfile.Type));
            Assert.Equal(["ALL"], container.SecurityContext.Capabilities.Drop);
            Assert.Null(container.SecurityContext.Capabilities.Add);
            Assert.Equal((false, true), (container.SecurityContext.AllowPrivilegeEscalation, container.SecurityContext.ReadOnlyRootFilesystem));
            Assert.False(pod.AutomountServiceAccountToken);

            // The pod may take as long as the node to stop.
            var preStop = TimeSpan.FromSeconds((double)container.Lifecycle.PreStop.Sleep.Seconds);
            Assert.InRange(TimeSpan.FromSeconds((double)pod.TerminationGracePeriodSeconds!), preStop + NodeHost.DrainTime + TimeSpan.FromSeconds(15), TimeSpan.FromMinutes(5));
            Assert.Equal(2, pod.TopologySpreadConstraints.Count);
            Assert.Equal((Requested, Limit), (container.Resources.Requests["memory"].ToDecimal(), container.Resources.Limits["memory"].ToDecimal()));
        }

        foreach (var service in manifests.All<V1Service>())
        {
            var pods = manifests.All<V1StatefulSet>().Where(s => Selects(service.Spec.Selector, s)).ToList();
            Assert.NotEmpty(pods);
            Assert.All(service.Spec.Ports, port => Assert.Contains(pods.SelectMany(p => Manifests.Container(p).Ports), p => p.Name == port.TargetPort.Value && (p.Protocol ?? "TCP") == (port.Protocol ?? "TCP")));
        }

        foreach (var policy in manifests.All<V1NetworkPolicy>())
        {
            var pods = manifests.All<V1StatefulSet>().Where(s => Selects(policy.Spec.PodSelector.MatchLabels, s)).ToList();
            Assert.NotEmpty(pods);
            Assert.All(policy.Spec.Ingress.SelectMany(i => i.Ports), port => Assert.Contains(pods.SelectMany(p => Manifests.Container(p).Ports), p => p.Name == port.Port.Value && (p.Protocol ?? "TCP") == (port.Protocol ?? "TCP")));
        }

        Assert.Contains(manifests.All<V1Namespace>(), n => n.Metadata.Labels["pod-security.kubernetes.io/enforce"] == "restricted");
        var mail = Assert.Single(manifests.All<V1Service>(), s => s.Metadata.Name == "relay-smtp");
        Assert.Equal((25, components.Contains("proxy-protocol") ? "Cluster" : "Local"), (Assert.Single(mail.Spec.Ports).Port, mail.Spec.ExternalTrafficPolicy));
    }

    /// <summary>The rule of k8s/README.md, with the figures of docs/performance.md and the defaults of the settings.</summary>
    [Fact]
    public void The_memory_of_a_pod_is_enough_for_the_measured_load_and_for_all_that_the_settings_allow()
    {
        var document = File.ReadAllText(Path.Combine(ReleaseFiles.Source, "docs/performance.md"));
        Assert.InRange(Requested, Figure(document, @"sessions held, and \S+ messages beside them: the most \| (\d+) MiB") * Mebibyte, Limit);

        var node = new NodeConfiguration();
        var idle = Figure(document, @"idle, resident \| (\d+) MiB") * Mebibyte;
        var counts = Tables * node.Throttle.MaxRows * Figure(document, @"takes (\d+\.\d) octets a row");
        var connections = node.Smtp.MaxConnections * Figure(document, @"\*\*\S+ to (\S+) octets a connection\*\*");
        var all = idle + counts + connections + node.Relay.TotalTextMemory;
        Assert.True(all < Limit * RuntimeShare * UsedShare, string.Create(CultureInfo.InvariantCulture, $"{all / Mebibyte:F0} MiB are more than the share of the limit that a node uses"));
    }

    [NeedsFact(Kubectl)]
    public async Task Each_path_that_is_asked_is_one_that_the_node_serves()
    {
        var manifests = await Manifests.OfAsync("cluster", Manifests.Components);
        var probes = manifests.Relays.Select(Manifests.Container).SelectMany(c => new[] { c.StartupProbe, c.LivenessProbe, c.ReadinessProbe }).Select(p => p.HttpGet.Path);
        var monitor = (Dictionary<object, object>)Assert.Single(manifests.Foreign("ServiceMonitor"))["spec"];
        var scraped = ((List<object>)monitor["endpoints"]).Cast<Dictionary<object, object>>().Select(e => (string)e["path"]).ToList();
        Assert.Single(scraped);
        using var folder = new TemporaryFolder();
        await using var node = await NodeProcess.StartAsync(folder);
        using var client = new HttpClient { BaseAddress = node.Admin };
        foreach (var path in probes.Concat(scraped).Distinct())
        {
            using var answer = await client.GetAsync(new Uri(path, UriKind.Relative));
            Assert.True(answer.IsSuccessStatusCode, string.Create(CultureInfo.InvariantCulture, $"{path}: {answer.StatusCode}"));
        }

        await node.StopAsync();
    }

    private static decimal Figure(string document, string pattern)
    {
        var found = Regex.Match(document, pattern);
        Assert.True(found.Success, $"docs/performance.md has no \"{pattern}\"");
        return decimal.Parse(found.Groups[1].Value, NumberStyles.Number, CultureInfo.InvariantCulture);
    }

    private static bool Selects(IDictionary<string, string> selector, V1StatefulSet set) =>
        selector.Where(l => l.Key != "statefulset.kubernetes.io/pod-name").All(set.Spec.Template.Metadata.Labels.Contains);
}
