using k8s;
using k8s.Models;
using ThrottleNet.Real.Tests.Harness;
using ThrottleNet.Real.Tests.Packages;

namespace ThrottleNet.Real.Tests.Kubernetes;

/// <summary>The objects that <c>kubectl kustomize</c> makes of an overlay and components of k8s/. A field that Kubernetes does not know fails.</summary>
internal sealed class Manifests
{
    /// <summary>The image's name that packaging/image/build gives.</summary>
    public const string Image = "throttlenet/throttlenet";

    /// <summary>All components but the one that overlays/cluster uses itself.</summary>
    public static readonly string[] Components = ["proxy-protocol", "monitoring", "cert-manager", "egress"];

    // What is no part of Kubernetes itself.
    private static readonly Dictionary<string, Type> Further = new[]
    {
        "monitoring.coreos.com/v1/ServiceMonitor", "cert-manager.io/v1/Issuer", "cert-manager.io/v1/Certificate", "cilium.io/v2/CiliumEgressGatewayPolicy",
    }.ToDictionary(kind => kind, _ => typeof(Dictionary<string, object>));

    private Manifests(IReadOnlyList<object> objects) => Objects = objects;

    public IReadOnlyList<object> Objects { get; }

    /// <summary>The stateful sets of relays.</summary>
    public IEnumerable<V1StatefulSet> Relays => All<V1StatefulSet>().Where(s => Container(s).Image.StartsWith(Image, StringComparison.Ordinal));

    public static V1Container Container(V1StatefulSet set) => Assert.Single(set.Spec.Template.Spec.Containers);

    public IEnumerable<T> All<T>() => Objects.OfType<T>();

    /// <summary>The objects of other makers that have this kind.</summary>
    public IEnumerable<Dictionary<string, object>> Foreign(string kind) => All<Dictionary<string, object>>().Where(o => (string)o["kind"] == kind);

    public static async Task<Manifests> OfAsync(string overlay, params string[] components)
    {
        using var folder = new TemporaryFolder();
        string Place(string path) => Path.GetRelativePath(folder.Path, Path.Combine(ReleaseFiles.Source, "k8s", path));
        folder.Write("kustomization.yaml", $"""
            apiVersion: kustomize.config.k8s.io/v1beta1
            kind: Kustomization
            resources: [ "{Place($"overlays/{overlay}")}" ]
            components: [ {string.Join(", ", components.Select(c => $"\"{Place($"components/{c}")}\""))} ]
            """);
        var yaml = (await Tool.RunAsync("kubectl", "kustomize", folder.Path)).Expect(0).Output;
        return new Manifests([.. KubernetesYaml.LoadAllFromString(yaml, Further, strict: true)]);
    }
}
