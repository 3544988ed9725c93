using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Packages;

/// <summary>
/// A release made of this source by packaging/release, once for all tests. It is made from a tag of a repository of its own, which holds this source as it is.
/// The variable RELEASE_FILES may name a folder where it is kept, and used again by the next run.
/// </summary>
public sealed class ReleaseFiles : IAsyncLifetime, IDisposable
{
    /// <summary>The collection of the tests that use it.</summary>
    public const string Collection = "release";

    /// <summary>The program's version in it, a pre-release.</summary>
    public const string Version = "7.6.5-test.1";

    /// <summary>The same as a Debian package has it.</summary>
    public const string PackageVersion = "7.6.5~test.1";

    /// <summary>The author of the tagged commit.</summary>
    public const string Author = "Test <test@example.net>";

    /// <summary>Its tag.</summary>
    public const string Tag = $"v{Version}";

    // $0 is the repository, $1 the version. The time of its commit is that of all files.
    private const string MakeRepository = """
        set -e
        git ls-files -z --cached --others --exclude-standard | xargs -0 sh -c 'for f; do [ ! -e "$f" ] || printf "%s\0" "$f"; done' _ | tar --null --files-from=- -c | tar -x -C "$0"
        cd "$0"
        sed -i "0,/^## /s//## $1 (2026-01-02)\n\nOf a test.\n\n## /" CHANGELOG.md
        export GIT_AUTHOR_DATE=2026-01-02T03:04:05Z GIT_COMMITTER_DATE=2026-01-02T03:04:05Z
        git init -q
        git add -A
        git -c user.name=Test -c user.email=test@example.net commit -qm Test
        git tag "v$1"
        """;

    // Two processors make it in two minutes if they do nothing else, and in five beside all other tests.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(30);

    private static readonly string? Kept = Environment.GetEnvironmentVariable("RELEASE_FILES");

    private readonly TemporaryFolder _folder = new();

    /// <summary>The programs that packaging/release needs.</summary>
    public const string Git = "git", Jq = "jq", Umoci = "umoci", Dpkg = "dpkg-deb";

    /// <summary>The top folder of the source.</summary>
    public static string Source { get; } = Path.GetFullPath(Path.Combine(Needs.ScriptFolder, "..", "..", ".."));

    /// <summary>The repository that it was made from.</summary>
    public string Repository => Path.Combine(Kept ?? _folder.Path, "repository");

    internal static string Deb => $"throttlenet_{PackageVersion}_amd64.deb";

    internal static string Archive => $"throttlenet-{Version}-linux-amd64";

    private string Folder => Path.Combine(Kept ?? _folder.Path, "files");

    /// <summary>The path of one of its files.</summary>
    internal string this[string name] => Path.Combine(Folder, name);

    /// <summary>The names of its files.</summary>
    internal IEnumerable<string> Names => Directory.GetFiles(Folder).Select(f => Path.GetFileName(f));

    public async Task InitializeAsync()
    {
        if (Directory.Exists(Folder) || Needs.Missing(Git, Jq, Umoci, Dpkg) is not null)
        {
            return;
        }

        Directory.CreateDirectory(Repository);
        (await Tool.RunAsync("sh", ["-c", MakeRepository, Repository, Version], workingFolder: Source)).Expect(0);
        await MakeAsync(Repository, "--out", Folder);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => _folder.Dispose();

    /// <summary>Runs the packaging/release of a repository. The maintainer is its commit's author, whatever the environment says.</summary>
    internal static async Task MakeAsync(string repository, params string[] arguments)
    {
        // Compilers and compressors would keep both processors from the clusters of other tests for minutes.
        await using var release = Tool.Start("nice", ["env", "-u", "MAINTAINER", Path.Combine(repository, "packaging", "release"), .. arguments], workingFolder: repository);
        await Eventually.HoldsAsync("the release", () => release.HasExited, Patience);
        Assert.True(await release.ExitAsync() == 0, string.Join('\n', release.Lines));
    }
}

[CollectionDefinition(ReleaseFiles.Collection)]
public sealed class ReleaseCollection : ICollectionFixture<ReleaseFiles>;
