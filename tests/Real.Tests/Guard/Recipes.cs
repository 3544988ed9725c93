namespace ThrottleNet.Real.Tests.Guard;

/// <summary>The parts of docs/other-mail-servers.md that tests run.</summary>
internal static class Recipes
{
    /// <summary>The part from a text (which is in it) to another (which is not).</summary>
    public static string Part(string from, string to)
    {
        var text = File.ReadAllText(Path.Combine(Needs.ScriptFolder, "../../../docs/other-mail-servers.md"));
        var start = text.IndexOf(from, StringComparison.Ordinal);
        Assert.True(start >= 0, $"the document has no '{from}'");
        var end = text.IndexOf(to, start, StringComparison.Ordinal);
        return text[start..end].TrimEnd('\n') + "\n";
    }

    /// <summary>The part from a text to the end of its code block.</summary>
    public static string Block(string from) => Part(from, "```");
}
