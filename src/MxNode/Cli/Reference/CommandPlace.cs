using System.CommandLine;

namespace ThrottleNet.MxNode.Cli.Reference;

/// <summary>A command in the tree of all commands.</summary>
/// <param name="Path">The words that lead to it; empty for the program itself.</param>
/// <param name="Command">The command.</param>
/// <param name="Options">The options that it takes: its own, and those of the commands above it that hold for it too.</param>
internal sealed record CommandPlace(IReadOnlyList<string> Path, Command Command, IReadOnlyList<Option> Options)
{
    /// <summary>All visible commands in the order of the help, each after the one that it belongs to.</summary>
    public static IEnumerable<CommandPlace> All(Command root) => Walk([], root, []);

    /// <summary>The path as one text with a slash before each word: empty for the program itself, "/trust/key" for a command of two words.</summary>
    public string Key => string.Concat(Path.Select(word => "/" + word));

    /// <summary>The visible commands one word further.</summary>
    public IEnumerable<Command> Subcommands => Command.Subcommands.Where(c => !c.Hidden);

    /// <summary>The options that take a value.</summary>
    public IEnumerable<Option> ValueOptions => Options.Where(o => o.Arity.MaximumNumberOfValues > 0 && o.ValueType != typeof(bool));

    /// <summary>The names of an option: --name, then its aliases.</summary>
    public static IEnumerable<string> Names(Option option) => option.Aliases.Prepend(option.Name).Where(n => n.StartsWith('-')).Distinct();

    /// <summary>The values that an option or an argument allows; empty if it takes others.</summary>
    public static IReadOnlyList<string> Values(Symbol symbol) => [.. symbol.GetCompletions(System.CommandLine.Completions.CompletionContext.Empty).Select(c => c.Label)];

    private static IEnumerable<CommandPlace> Walk(IReadOnlyList<string> path, Command command, IReadOnlyList<Option> inherited)
    {
        Option[] options = [.. command.Options.Where(o => !o.Hidden), .. inherited];
        yield return new CommandPlace(path, command, options);
        foreach (var place in command.Subcommands.Where(c => !c.Hidden).SelectMany(c => Walk([.. path, c.Name], c, [.. options.Where(o => o.Recursive)])))
        {
            yield return place;
        }
    }
}
