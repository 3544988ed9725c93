using System.Text.RegularExpressions;
using ThrottleNet.MxNode.Tests.Documents;

namespace ThrottleNet.MxNode.Tests.Structure;

/// <summary>What the test runner would ignore without a word.</summary>
public sealed partial class TestClassTests
{
    /// <summary>xUnit 2 ends a test class by IDisposable or IAsyncLifetime only: what an IAsyncDisposable one holds stays until the last test, whole nodes for example.</summary>
    [Fact]
    public void No_test_class_waits_for_an_end_that_does_not_come()
    {
        var classes = Repository.Sources("tests", ".cs").SelectMany(file => TestClass().Matches(File.ReadAllText(Repository.File(file))).Select(m => (file, Line: m.Value))).ToList();
        Assert.InRange(classes.Count, 300, int.MaxValue);
        Repository.Expect(classes.Where(c => c.Line.Contains("IAsyncDisposable", StringComparison.Ordinal)).Select(c => $"{c.file}: \"{c.Line}\": implement IAsyncLifetime"));
    }

    [GeneratedRegex(@"^public (?:sealed |abstract )?(?:partial )?class \w+Tests\b.*$", RegexOptions.Multiline)]
    private static partial Regex TestClass();
}
