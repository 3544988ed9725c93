namespace ThrottleNet.Real.Tests.Packages;

/// <summary>The commands and files of docs/install.md and other documents, for tests that do what they say.</summary>
internal static class InstallDocument
{
    /// <summary>The texts of the fenced blocks of one language, under one heading.</summary>
    /// <param name="document">Relative to the top folder.</param>
    /// <param name="heading">The heading's line, such as "## Container".</param>
    /// <param name="language">Such as "sh".</param>
    public static IReadOnlyList<string> Blocks(string document, string heading, string language)
    {
        var blocks = new List<string>();
        var lines = File.ReadLines(Path.Combine(ReleaseFiles.Source, document)).SkipWhile(l => l != heading).Skip(1).TakeWhile(l => !l.StartsWith("## ", StringComparison.Ordinal)).ToList();
        for (var i = 0; i < lines.Count; i++)
        {
            if (!lines[i].TrimStart().StartsWith("```", StringComparison.Ordinal))
            {
                continue;
            }

            var block = lines.Skip(i + 1).TakeWhile(l => l.Trim() != "```").ToList();
            if (lines[i].Trim() == "```" + language)
            {
                blocks.Add(string.Join('\n', block) + "\n");
            }

            i += block.Count + 1;
        }

        return blocks;
    }
}
