using System.Globalization;
using k8s.Models;
using ThrottleNet.MxNode.Hosting;
using ThrottleNet.Real.Tests.Harness;
using ThrottleNet.Real.Tests.Packages;

namespace ThrottleNet.Real.Tests.Kubernetes;

/// <summary>The commands of k8s/README.md are run; with the Secrets that they make, each pod's configuration is one that the node takes.</summary>
public sealed class WalkTests
{
    // Stores Secrets in folders, and builds what "apply" would apply.
    private const string Kubectl = """
        #!/bin/sh
        set -e
        case "$1 $2" in
        "create namespace") mkdir -p "$SECRETS" ;;
        "create secret")
            folder=$SECRETS/$4
            mkdir -p "$folder"
            for argument; do
                case $argument in
                --from-file=*) file=${argument#--from-file=}; if [ -d "$file" ]; then cp "$file"/* "$folder"; else cp "$file" "$folder"; fi ;;
                esac
            done
            ;;
        "apply -k") exec "$REAL" kustomize "$SOURCE/$3" >/dev/null ;;
        *) echo "unknown: $*" >&2; exit 1 ;;
        esac
        """;

    [NeedsTheory("kubectl", "sh")]
    [InlineData("single", "## One node beside a mail server")]
    [InlineData("cluster", "## A cluster")]
    public async Task Each_pod_has_a_configuration_that_the_node_takes(string overlay, string heading)
    {
        using var folder = new TemporaryFolder();
        var tools = folder.Make("tools");
        Script(tools, "kubectl", Kubectl);
        Script(tools, "throttlenet", $"#!/bin/sh\nexec {string.Join(' ', NodeCommandLine.Command)} \"$@\"\n");
        var commands = string.Concat(InstallDocument.Blocks("k8s/README.md", heading, "sh"));
        string[] environment = [$"PATH={tools}:/usr/bin:/bin", $"SECRETS={folder.File("secrets")}", $"SOURCE={ReleaseFiles.Source}", $"REAL={Needs.FindProgram("kubectl")}"];
        (await Tool.RunAsync("env", [.. environment, "sh", "-ec", commands], workingFolder: folder.Make("work"))).Expect(0);

        var manifests = await Manifests.OfAsync(overlay);
        var used = new HashSet<string>();
        foreach (var set in manifests.Relays)
        {
            for (var pod = 0; pod < set.Spec.Replicas; pod++)
            {
                var name = string.Create(CultureInfo.InvariantCulture, $"{set.Metadata.Name}-{pod}");
                used.UnionWith(await CheckAsync(folder, manifests, set, name));
            }
        }

        // Redis has its password from a Secret too.
        used.UnionWith(manifests.All<V1StatefulSet>().SelectMany(s => s.Spec.Template.Spec.Containers).SelectMany(c => c.Env ?? []).Where(e => e.ValueFrom?.SecretKeyRef is not null).Select(e => $"{e.ValueFrom.SecretKeyRef.Name}/{e.ValueFrom.SecretKeyRef.Key}"));
        var made = Directory.GetFiles(folder.File("secrets"), "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(folder.File("secrets"), f));
        Assert.Equal(made.Order(StringComparer.Ordinal), used.Order(StringComparer.Ordinal));
    }

    // Loads the pod's configuration with its volumes in place. Gives the keys of Secrets that it names.
    private static async Task<IEnumerable<string>> CheckAsync(TemporaryFolder folder, Manifests manifests, V1StatefulSet set, string name)
    {
        var root = folder.Make($"pods/{name}");
        var secrets = new Dictionary<string, string>();
        var (pod, container) = (set.Spec.Template.Spec, Manifests.Container(set));
        foreach (var mount in container.VolumeMounts)
        {
            var place = Directory.CreateDirectory($"{root}{mount.MountPath}").FullName;
            var volume = pod.Volumes.SingleOrDefault(v => v.Name == mount.Name);
            if (volume?.Secret is { } secret)
            {
                foreach (var stored in Directory.GetFiles(folder.File($"secrets/{secret.SecretName}")))
                {
                    var copy = Path.Combine(place, Path.GetFileName(stored));
                    File.Copy(stored, copy);
                    File.SetUnixFileMode(copy, (UnixFileMode)secret.DefaultMode!);
                    secrets.Add($"{mount.MountPath}/{Path.GetFileName(stored)}", $"{secret.SecretName}/{Path.GetFileName(stored)}");
                }
            }
            else if (volume?.ConfigMap is { } map)
            {
                foreach (var (key, content) in Assert.Single(manifests.All<V1ConfigMap>(), m => m.Metadata.Name == map.Name).Data)
                {
                    await File.WriteAllTextAsync(Path.Combine(place, key), Within(content));
                }
            }
        }

        var settings = container.Env.Where(e => e.Name.StartsWith(ConfigurationLoader.EnvironmentPrefix, StringComparison.Ordinal))
            .Select(e => $"{e.Name[ConfigurationLoader.EnvironmentPrefix.Length..].Replace("__", ":", StringComparison.Ordinal)}={Within(e.Value.Replace("$(POD_NAME)", name, StringComparison.Ordinal).Replace("$(POD_IP)", "10.0.0.7", StringComparison.Ordinal))}")
            .ToList();
        var file = $"{root}{container.Args[2]}";
        var loaded = ConfigurationLoader.Load(file, settings);
        Assert.True(loaded.Errors.Count == 0, $"{name}: {string.Join('\n', loaded.Errors)}");
        var configuration = loaded.Configuration!;
        Assert.Equal(name, configuration.Node.Name);

        // The node listens on the ports that the pod names, and on no other.
        IEnumerable<int?> listening =
        [
            .. configuration.Smtp.Listen.Select(e => (int?)e.Port), .. configuration.Guard.EndPoints.Select(e => (int?)e.Port), .. configuration.Trust.DnsListen.Select(e => (int?)System.Net.IPEndPoint.Parse(e).Port),
            configuration.Admin.Listen?.Port, configuration.Exchange.Listen?.Port, configuration.Cluster.Listen?.Port,
        ];
        Assert.Equal(listening.OfType<int>().Order(), container.Ports.Select(p => p.ContainerPort).Distinct().Order());

        var whole = string.Join('\n', settings.Prepend(await File.ReadAllTextAsync(file)));
        return secrets.Where(s => whole.Contains(s.Key, StringComparison.Ordinal)).Select(s => s.Value);

        string Within(string path) => path.Replace("/run/secrets/", $"{root}/run/secrets/", StringComparison.Ordinal).Replace("/var/lib/throttlenet", $"{root}/var/lib/throttlenet", StringComparison.Ordinal);
    }

    private static void Script(string folder, string name, string text)
    {
        var file = Path.Combine(folder, name);
        File.WriteAllText(file, text);
        File.SetUnixFileMode(file, (UnixFileMode)0x1ED); // executable by all
    }
}
