using System.CommandLine;
using System.Text;

namespace ThrottleNet.MxNode.Cli.Reference;

/// <summary>
/// The completion scripts, made from the command tree. They hold all words, because a shell that asked the program would wait for its start at each
/// press of a key. Both find the command that the line names so far, word by word, and then offer its commands and options.
/// </summary>
internal static class CompletionScript
{
    /// <summary>The program's name on the command line.</summary>
    public const string Program = "throttlenet";

    public static string Bash(IReadOnlyList<CommandPlace> places)
    {
        var script = new StringBuilder("# bash completion of throttlenet; made by: throttlenet completion bash\n_throttlenet() {\n");
        script.Append("    local word place= words= current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n");
        script.Append("    for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n");
        AppendPath(script, places);
        script.Append("    done\n    COMPREPLY=()\n    case $place:$previous in\n");
        foreach (var place in places)
        {
            foreach (var option in place.ValueOptions)
            {
                script.Append($"        {Patterns(place, option)}) COMPREPLY=($(compgen -W {Quote(string.Join(' ', CommandPlace.Values(option)))} -- \"$current\")); return ;;\n");
            }
        }

        script.Append("    esac\n    case $place in\n");
        foreach (var place in places)
        {
            IEnumerable<string> words = [.. place.Subcommands.Select(c => c.Name), .. place.Command.Arguments.SelectMany(CommandPlace.Values), .. place.Options.SelectMany(CommandPlace.Names)];
            script.Append($"        {Quote(place.Key)}) words={Quote(string.Join(' ', words))} ;;\n");
        }

        return script.Append($"    esac\n    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n}}\ncomplete -o default -F _throttlenet {Program}\n").ToString();
    }

    public static string Zsh(IReadOnlyList<CommandPlace> places)
    {
        var script = new StringBuilder($"#compdef {Program}\n# made by: throttlenet completion zsh\nlocal word place=\n");
        script.Append("for word in \"${(@)words[2,CURRENT-1]}\"; do\n");
        AppendPath(script, places);
        script.Append("done\nlocal -a commands options\ncase $place:${words[CURRENT-1]} in\n");
        foreach (var place in places)
        {
            foreach (var option in place.ValueOptions)
            {
                var values = CommandPlace.Values(option);
                script.Append($"    {Patterns(place, option)}) {(values.Count > 0 ? $"compadd -- {string.Join(' ', values.Select(Quote))}" : "_files")}; return ;;\n");
            }
        }

        script.Append("esac\ncase $place in\n");
        foreach (var place in places)
        {
            IEnumerable<string> commands = [.. place.Subcommands.Select(c => Described(c.Name, c.Description)), .. place.Command.Arguments.SelectMany(a => CommandPlace.Values(a).Select(v => Described(v, a.Description)))];
            var options = place.Options.SelectMany(o => CommandPlace.Names(o).Select(name => Described(name, o.Description)));
            script.Append($"    {Quote(place.Key)}) commands=({string.Join(' ', commands)}); options=({string.Join(' ', options)}) ;;\n");
        }

        return script.Append("esac\nif [[ ${words[CURRENT]} == -* ]]; then _describe option options\nelif (( $#commands )); then _describe command commands\nelse _files; fi\n").ToString();
    }

    // The body of a loop over the words before the current one. Both shells read it alike.
    private static void AppendPath(StringBuilder script, IReadOnlyList<CommandPlace> places) =>
        script.Append($"        case $place/$word in\n            {string.Join(" | ", places.Where(p => p.Path.Count > 0).Select(p => p.Key))}) place=$place/$word ;;\n        esac\n");

    private static string Patterns(CommandPlace place, Option option) => string.Join(" | ", CommandPlace.Names(option).Select(name => $"{place.Key}:{name}"));

    private static string Described(string name, string? description) => Quote($"{name.Replace(":", @"\:", StringComparison.Ordinal)}:{description}");

    private static string Quote(string text) => $"'{text.Replace("'", @"'\''", StringComparison.Ordinal)}'";
}
