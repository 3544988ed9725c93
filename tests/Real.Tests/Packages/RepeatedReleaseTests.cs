using System.Security.Cryptography;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Packages;

/// <summary>A release comes from a tag and has its version in every name. Made again from the same tag, it has the same files.</summary>
[Collection(ReleaseFiles.Collection)]
public sealed class RepeatedReleaseTests(ReleaseFiles release)
{
    [NeedsFact(ReleaseFiles.Git, ReleaseFiles.Jq, ReleaseFiles.Umoci, ReleaseFiles.Dpkg)]
    public async Task Made_again_in_another_folder_it_has_the_same_octets()
    {
        using var folder = new TemporaryFolder();
        var repository = folder.File("elsewhere/a clone");
        (await Tool.RunAsync("git", "clone", "-q", release.Repository, repository)).Expect(0);
        await ReleaseFiles.MakeAsync(repository, "--work-tree", ReleaseFiles.Version, "--arch", "amd64", "--out", folder.Make("files"));
        var again = Directory.GetFiles(folder.File("files")).Where(f => Path.GetFileName(f) != "SHA256SUMS").ToDictionary(f => Path.GetFileName(f), Sum);
        Assert.Equal(5, again.Count);
        Assert.Equal(again.Keys.ToDictionary(name => name, name => Sum(release[name])), again);
    }

    [NeedsFact(ReleaseFiles.Git, ReleaseFiles.Jq, ReleaseFiles.Umoci, ReleaseFiles.Dpkg, "tar")]
    public async Task The_tags_version_is_in_every_name_and_in_the_manifests()
    {
        Assert.All(
            release.Names.Where(name => name != "SHA256SUMS"),
            name => Assert.Matches($"^throttlenet[-_]({ReleaseFiles.Version}|{ReleaseFiles.PackageVersion})[-_.]", name));
        using var folder = new TemporaryFolder();
        (await Tool.RunAsync("tar", "-xzf", release[$"throttlenet-{ReleaseFiles.Version}-k8s.tar.gz"], "-C", folder.Path)).Expect(0);
        var tags = Directory.GetFiles(folder.Path, "kustomization.yaml", SearchOption.AllDirectories).SelectMany(File.ReadLines).Where(line => line.TrimStart().StartsWith("newTag:", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(tags);
        Assert.All(tags, tag => Assert.Equal($"newTag: {ReleaseFiles.Version}", tag.Trim()));
    }

    [NeedsFact(ReleaseFiles.Git, ReleaseFiles.Jq, ReleaseFiles.Umoci, ReleaseFiles.Dpkg)]
    public async Task Without_a_tag_or_without_a_section_in_the_changelog_there_is_no_release()
    {
        using var folder = new TemporaryFolder();
        var repository = folder.File("clone");
        (await Tool.RunAsync("git", "clone", "-q", release.Repository, repository)).Expect(0);
        (await GitAsync("-c", "user.name=Test", "-c", "user.email=test@example.net", "commit", "-q", "--allow-empty", "-m", "More")).Expect(0);
        var untagged = await Tool.RunAsync(Path.Combine(repository, "packaging", "release"), "--out", folder.File("files"));
        Assert.Equal("HEAD has no tag; name one, or give --work-tree VERSION", Assert.Single(untagged.Expect(2).ErrorLines));
        (await GitAsync("tag", "v7.7.0")).Expect(0);
        var undescribed = await Tool.RunAsync(Path.Combine(repository, "packaging", "release"), "--out", folder.File("files"));
        Assert.Equal("CHANGELOG.md has no section \"## 7.7.0\"", Assert.Single(undescribed.Expect(1).ErrorLines));
        Assert.Empty(Directory.GetFiles(folder.File("files")));

        Task<ProcessResult> GitAsync(params string[] arguments) => Tool.RunAsync("git", arguments, workingFolder: repository);
    }

    [NeedsFact(ReleaseFiles.Git, ReleaseFiles.Jq, ReleaseFiles.Umoci, ReleaseFiles.Dpkg)]
    public async Task The_packages_maintainer_is_the_author_of_the_tagged_commit_and_one_who_is_none_is_refused()
    {
        foreach (var architecture in new[] { "amd64", "arm64" })
        {
            var field = await Tool.RunAsync("dpkg-deb", "-f", release[$"throttlenet_{ReleaseFiles.PackageVersion}_{architecture}.deb"], "Maintainer");
            Assert.Equal(ReleaseFiles.Author, field.Expect(0).Output.Trim());
        }

        using var folder = new TemporaryFolder();
        (await Tool.RunAsync("dpkg-deb", "-x", release[ReleaseFiles.Deb], folder.Path)).Expect(0);
        var changes = await Tool.RunAsync("zcat", folder.File("usr/share/doc/throttlenet/changelog.gz"));
        Assert.Contains($"\n -- {ReleaseFiles.Author}  Fri, 02 Jan 2026 03:04:05 +0000\n", changes.Expect(0).Output, StringComparison.Ordinal);

        var refused = await Tool.RunAsync("env", "MAINTAINER=root <root@localhost>", Path.Combine(release.Repository, "packaging", "release"), "--out", folder.File("files"));
        Assert.Equal(
            "\"root <root@localhost>\" cannot be a Debian package's maintainer; set MAINTAINER=\"Name <address>\", with a full domain name",
            Assert.Single(refused.Expect(2).ErrorLines));
        Assert.Empty(Directory.GetFiles(folder.File("files")));
    }

    private static string Sum(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}
