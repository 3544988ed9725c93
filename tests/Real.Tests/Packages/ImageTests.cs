using System.Text.Json;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Packages;

/// <summary>The container image: its configuration and size (OCI image specification), and its program in the image's own files, which it may only read.</summary>
[Collection(ReleaseFiles.Collection)]
public sealed class ImageTests(ReleaseFiles release)
{
    private const long MostOctets = 120_000_000;

    [NeedsFact(ReleaseFiles.Git, ReleaseFiles.Jq, ReleaseFiles.Umoci, ReleaseFiles.Dpkg, "tar")]
    public async Task It_runs_as_an_unprivileged_user_and_is_small()
    {
        using var folder = new TemporaryFolder();
        var (config, _) = await UnpackAsync(folder);
        Assert.Equal("1654:1654", config.GetProperty("User").GetString());
        Assert.Equal(["/app/throttlenet"], Texts(config, "Entrypoint"));
        Assert.Equal(["run", "--config", "/etc/throttlenet/node.json"], Texts(config, "Cmd"));
        Assert.InRange(new FileInfo(release[$"throttlenet-{ReleaseFiles.Version}-image-amd64.tar"]).Length, 1, MostOctets);
    }

    [NeedsFact(ReleaseFiles.Git, ReleaseFiles.Jq, ReleaseFiles.Umoci, ReleaseFiles.Dpkg, "root", "tar", "unshare")]
    public async Task Its_node_takes_mail_as_that_user_where_only_the_data_can_be_written()
    {
        using var folder = new TemporaryFolder();
        var (config, root) = await UnpackAsync(folder);
        Assert.False(File.Exists(Path.Combine(root, "bin/sh")));
        var libc = await File.ReadAllTextAsync(Path.Combine(root, "var/lib/dpkg/status.d/libc6"));
        Assert.Matches(@"(?m)^Version: \d", libc); // scanners read it, and it says which packages to make the image of again
        (await Tool.RunAsync("chown", "1654:1654", folder.Make("data"))).Expect(0);
        folder.Write("node.json", """
            {
              "Node": { "HostName": "a.throttle-mx.relays.test", "DataDirectory": "/var/lib/throttlenet" },
              "Smtp": { "Listen": [ "127.0.0.1:0" ], "GreetDelay": "00:00:00" },
              "Admin": { "Listen": "127.0.0.1:0" }
            }
            """);
        const string Script = """
            set -e
            mount --bind "$0/root" "$0/root"
            mount --bind "$0/data" "$0/root/var/lib/throttlenet"
            mount --bind "$0/node.json" "$0/root/etc/throttlenet/node.json"
            mount -t proc proc "$0/root/proc"
            mount --bind /dev "$0/root/dev"
            mount -o remount,bind,ro "$0/root"
            exec unshare --root="$0/root" --setgid 1654 --setuid 1654 "$@"
            """;
        await File.WriteAllTextAsync(Path.Combine(root, "etc/throttlenet/node.json"), "");
        string[] command = [.. Texts(config, "Entrypoint"), .. Texts(config, "Cmd")];
        await using var node = Tool.Start("unshare", ["--mount", "env", "-i", "sh", "-c", Script, folder.Path, .. command]);
        var started = LogLine.Parse(await node.LineAsync("its start", l => LogLine.Parse(l)?.EventId == 100))!;
        Assert.Contains(ReleaseFiles.Version, started.Text, StringComparison.Ordinal);
        Assert.Contains("Uid:\t1654\t1654", await File.ReadAllTextAsync($"/proc/{node.Id}/status"), StringComparison.Ordinal);
        await using (var client = await RawClient.ConnectAsync(System.Net.IPEndPoint.Parse(started.State["Smtp"])))
        {
            await client.TalkAsync("<220", ">EHLO client.test", "<250", ">STARTTLS", "<220");
            await client.StartTlsAsync(); // by the image's own libssl
            await client.TalkAsync(">EHLO client.test", "<250", ">QUIT", "<221");
        }

        Assert.Equal(0, await node.StopAsync());
        Assert.NotEmpty(Directory.GetFiles(folder.File("data")));
    }

    private static IEnumerable<string> Texts(JsonElement config, string name) => config.GetProperty(name).EnumerateArray().Select(e => e.GetString()!);

    // The image's configuration, and its files under root/.
    private async Task<(JsonElement Config, string Root)> UnpackAsync(TemporaryFolder folder)
    {
        var layout = folder.Make("layout");
        (await Tool.RunAsync("tar", "-xf", release[$"throttlenet-{ReleaseFiles.Version}-image-amd64.tar"], "-C", layout)).Expect(0);
        var entry = Assert.Single(Json(Path.Combine(layout, "index.json")).GetProperty("manifests").EnumerateArray());
        Assert.Equal(ReleaseFiles.Version, entry.GetProperty("annotations").GetProperty("org.opencontainers.image.ref.name").GetString());
        Assert.Equal($"throttlenet/throttlenet:{ReleaseFiles.Version}", entry.GetProperty("annotations").GetProperty("io.containerd.image.name").GetString());
        var manifest = Json(Blob(layout, entry));
        var config = Json(Blob(layout, manifest.GetProperty("config")));
        Assert.Equal(("linux", "amd64"), (config.GetProperty("os").GetString(), config.GetProperty("architecture").GetString()));
        var root = folder.Make("root");
        foreach (var layer in manifest.GetProperty("layers").EnumerateArray())
        {
            (await Tool.RunAsync("tar", "-xzf", Blob(layout, layer), "-C", root)).Expect(0);
        }

        return (config.GetProperty("config"), root);
    }

    private static string Blob(string layout, JsonElement descriptor) =>
        Path.Combine(layout, "blobs", descriptor.GetProperty("digest").GetString()!.Replace(':', '/'));

    private static JsonElement Json(string file) => JsonElement.Parse(File.ReadAllText(file));
}
