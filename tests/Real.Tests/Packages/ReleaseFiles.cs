using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Packages;

/// <summary>A release made of this source by packaging/release, once for all tests; or the one in the folder that the variable RELEASE_FILES names.</summary>
public sealed class ReleaseFiles : IAsyncLifetime, IDisposable
{
    /// <summary>The collection of the tests that use it.</summary>
    public const string Collection = "release";

    /// <summary>The program's version in it, a pre-release.</summary>
    public const string Version = "7.6.5-test.1";

    /// <summary>The same as a Debian package has it.</summary>
    public const string PackageVersion = "7.6.5~test.1";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private static readonly string? Made = Environment.GetEnvironmentVariable("RELEASE_FILES");

    private readonly TemporaryFolder _folder = new();

    private string Folder => Made ?? _folder.Path;

    /// <summary>The programs that packaging/release needs.</summary>
    public const string Git = "git", Jq = "jq", Umoci = "umoci", Dpkg = "dpkg-deb";

    /// <summary>The top folder of the source.</summary>
    public static string Source { get; } = Path.GetFullPath(Path.Combine(Needs.ScriptFolder, "..", "..", ".."));

    internal static string Deb => $"throttlenet_{PackageVersion}_amd64.deb";

    internal static string Archive => $"throttlenet-{Version}-linux-amd64";

    /// <summary>The path of one of its files.</summary>
    internal string this[string name] => Path.Combine(Folder, name);

    /// <summary>The names of its files.</summary>
    internal IEnumerable<string> Names => Directory.GetFiles(Folder).Select(f => Path.GetFileName(f));

    public Task InitializeAsync() => Made is null && Needs.Missing(Git, Jq, Umoci, Dpkg) is null ? MakeAsync(_folder.Path, "amd64", "arm64") : Task.CompletedTask;

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => _folder.Dispose();

    /// <summary>Makes a release of the files of this source as they are.</summary>
    private static async Task MakeAsync(string folder, params string[] architectures)
    {
        string[] arguments = ["--work-tree", Version, "--out", folder, .. architectures.SelectMany(a => new[] { "--arch", a })];
        await using var release = Tool.Start(Path.Combine(Source, "packaging", "release"), arguments, workingFolder: Source);
        await Eventually.HoldsAsync("the release", () => release.HasExited, Patience);
        Assert.True(await release.ExitAsync() == 0, string.Join('\n', release.Lines));
    }
}

[CollectionDefinition(ReleaseFiles.Collection)]
public sealed class ReleaseCollection : ICollectionFixture<ReleaseFiles>;
