using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Packages;

/// <summary>A release as a whole: its files, their checksums, and its archive.</summary>
[Collection(ReleaseFiles.Collection)]
public sealed partial class ReleaseTests(ReleaseFiles release)
{
    [NeedsFact(ReleaseFiles.Git, ReleaseFiles.Jq, ReleaseFiles.Umoci, ReleaseFiles.Dpkg, "sha256sum")]
    public async Task It_has_all_its_files_and_their_checksums()
    {
        string[] expected =
        [
            $"throttlenet_{ReleaseFiles.PackageVersion}_amd64.deb", $"throttlenet_{ReleaseFiles.PackageVersion}_arm64.deb", $"{ReleaseFiles.Archive}.tar.gz",
            $"throttlenet-{ReleaseFiles.Version}-linux-arm64.tar.gz", $"throttlenet-{ReleaseFiles.Version}-image-amd64.tar", $"throttlenet-{ReleaseFiles.Version}-k8s.tar.gz",
            $"throttlenet-{ReleaseFiles.Version}.cdx.json",
        ];
        Assert.Equal(expected.Append("SHA256SUMS").Order(StringComparer.Ordinal), release.Names.Order(StringComparer.Ordinal));
        (await Tool.RunAsync("sha256sum", ["--check", "--strict", "SHA256SUMS"], workingFolder: Path.GetDirectoryName(release["SHA256SUMS"]))).Expect(0);
        Assert.Equal(expected.Length, (await File.ReadAllLinesAsync(release["SHA256SUMS"])).Length);
    }

    [NeedsFact(ReleaseFiles.Git, ReleaseFiles.Jq, ReleaseFiles.Umoci, ReleaseFiles.Dpkg, "tar")]
    public async Task The_archive_has_one_program_that_runs_where_no_dotnet_is()
    {
        using var folder = new TemporaryFolder();
        File.Copy(release[$"{ReleaseFiles.Archive}.tar.gz"], folder.File($"{ReleaseFiles.Archive}.tar.gz"));
        var commands = Assert.Single(InstallDocument.Blocks("docs/install.md", "## One program", "sh"));
        var ran = (await Tool.RunAsync("env", ["-i", "PATH=/usr/bin:/bin", "sh", "-ec", commands], workingFolder: folder.Path)).Expect(0).Output;
        Assert.Equal(ReleaseFiles.Version, ran.Split('\n')[0]);
        Assert.Contains("configuration is good", ran, StringComparison.Ordinal);

        var program = folder.File($"{ReleaseFiles.Archive}/throttlenet");
        Assert.DoesNotContain(Directory.GetFiles(folder.File(ReleaseFiles.Archive), "*", SearchOption.AllDirectories), f => Path.GetExtension(f) is ".dll" or ".so" or ".pdb" or ".js");
        var demo = await Tool.RunAsync("env", ["-i", "PATH=/usr/bin:/bin", program, "demo", "--json"], patience: Eventually.LongPatience);
        Assert.True(demo.ExitCode == 0, demo.ToString()); // relays, the exchange and a cluster, in one process
    }

    [NeedsFact(ReleaseFiles.Git, ReleaseFiles.Jq, ReleaseFiles.Umoci, ReleaseFiles.Dpkg, "root", "tar", "ip", "setcap", "setpriv")]
    public async Task The_program_binds_port_25_without_root_by_the_command_of_the_document()
    {
        await using var network = await TestNetwork.CreateAsync();
        var host = await network.AddAsync(IPAddress.Parse("10.77.0.25"));
        using var folder = new TemporaryFolder();
        (await Tool.RunAsync("tar", "-xzf", release[$"{ReleaseFiles.Archive}.tar.gz"], "-C", folder.Path, "--strip-components=1")).Expect(0);
        (await Tool.RunAsync("chown", "nobody", folder.Make("data"))).Expect(0);
        File.SetUnixFileMode(folder.Path, (UnixFileMode)0x1ED); // every user may enter it
        string[] node = ["--reuid=nobody", "--clear-groups", folder.File("throttlenet"), "run", "--set", $"Node:DataDirectory={folder.File("data")}", "--set", "Smtp:Listen=10.77.0.25:25", "--set", "Admin:Listen=127.0.0.1:0"];
        var without = await Tool.RunAsync("setpriv", node, host: host);
        Assert.Equal(1, without.ExitCode);
        Assert.StartsWith("Smtp:Listen: cannot listen on 10.77.0.25:25 (", Assert.Single(without.ErrorLines), StringComparison.Ordinal);

        var command = Capability().Match(await File.ReadAllTextAsync(Path.Combine(ReleaseFiles.Source, "docs/install.md"))).Groups[1].Value;
        (await Tool.RunAsync("sh", ["-ec", command], workingFolder: folder.Path)).Expect(0);
        await using var allowed = Tool.Start("setpriv", node, host);
        var started = LogLine.Parse(await allowed.LineAsync("its start", l => LogLine.Parse(l)?.EventId == 100))!;
        Assert.Equal("10.77.0.25:25", started.State["Smtp"]);
        Assert.Equal(0, await allowed.StopAsync());
    }

    [NeedsFact(ReleaseFiles.Git, ReleaseFiles.Jq, ReleaseFiles.Umoci, ReleaseFiles.Dpkg)]
    public async Task The_list_of_packages_has_each_package_that_the_program_was_restored_with()
    {
        using var sbom = JsonDocument.Parse(await File.ReadAllTextAsync(release[$"throttlenet-{ReleaseFiles.Version}.cdx.json"]));
        Assert.Equal("CycloneDX", sbom.RootElement.GetProperty("bomFormat").GetString());
        Assert.Equal(ReleaseFiles.Version, sbom.RootElement.GetProperty("metadata").GetProperty("component").GetProperty("version").GetString());
        var listed = sbom.RootElement.GetProperty("components").EnumerateArray().Select(c => $"{c.GetProperty("name")}/{c.GetProperty("version")}").ToHashSet(StringComparer.OrdinalIgnoreCase);

        // NuGet's lock of the restored packages. A package without a file for run time (analyzers, tools of the build) is not in the program.
        using var restored = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(ReleaseFiles.Source, "src", "MxNode", "obj", "project.assets.json")));
        var packages = restored.RootElement.GetProperty("targets").EnumerateObject().First().Value.EnumerateObject()
            .Where(p => p.Value.GetProperty("type").GetString() == "package" && p.Value.TryGetProperty("runtime", out var files) && files.EnumerateObject().Any(f => !f.Name.EndsWith("/_._", StringComparison.Ordinal)))
            .Select(p => p.Name)
            .ToList();
        Assert.InRange(packages.Count, 30, int.MaxValue);
        Assert.All(packages, package => Assert.Contains(package, listed));
    }

    [GeneratedRegex("`(setcap [^`]+)`")]
    private static partial Regex Capability();
}
