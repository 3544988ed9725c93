namespace ThrottleNet.MxNode.Tests.Documents;

/// <summary>The files of this repository, for tests that compare documents with code.</summary>
internal static class Repository
{
    private static readonly string[] Built = ["bin", "obj"];

    /// <summary>The repository's top folder: the one above the tests that has the solution file.</summary>
    public static string Root { get; } = Find();

    /// <summary>The full path of a file or folder.</summary>
    /// <param name="path">Relative to the top folder, with slashes.</param>
    public static string File(string path) => Path.Combine(Root, path);

    /// <summary>The source files under a folder, relative to the top folder, without what the build made.</summary>
    /// <param name="folder">Relative to the top folder.</param>
    /// <param name="extension">With its dot.</param>
    public static IReadOnlyList<string> Sources(string folder, string extension) =>
        [.. Directory.EnumerateFiles(File(folder), "*" + extension, SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Root, f)).Where(f => !f.Split('/').Intersect(Built).Any())];

    /// <summary>Fails with every fault, one a line.</summary>
    public static void Expect(IEnumerable<string> faults)
    {
        var all = faults.ToList();
        Assert.True(all.Count == 0, string.Join('\n', all));
    }

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (System.IO.File.Exists(Path.Combine(folder.FullName, "ThrottleNet.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException("ThrottleNet.sln is not above " + AppContext.BaseDirectory);
    }
}
