using System.CommandLine;
using System.Text;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Cli.Reference;

/// <summary>The manual page throttlenet(8), made from the command tree, in the language of man(7).</summary>
internal static class ManualPage
{
    private const string Program = CompletionScript.Program;

    // What the command tree does not hold. The paths are those of the Debian package.
    private const string Rest = """
        .SH CONFIGURATION
        The file is JSON; comments are allowed. Every setting has a default, and an unknown key is refused. The order is: defaults, the file,
        .BI THROTTLENET_ Section __ Key
        in the environment,
        .BR \-\-set ;
        the last one wins. Every setting is in
        .IR /usr/share/doc/throttlenet/docs/operator.md .
        .SH SIGNALS
        .TP
        .B SIGTERM
        The node takes no new commands, finishes the messages in flight for up to 45 seconds, writes its counts and ends.
        .TP
        .B SIGHUP
        The node reads its configuration again. If that has an error, the old configuration stays in force.
        .SH EXIT STATUS
        .TP
        .B 0
        Done.
        .TP
        .B 1
        Failed.
        .TP
        .B 2
        Wrong usage, or an error in the configuration.
        .SH FILES
        .TP
        .I /etc/throttlenet/node.json
        The configuration of the service.
        .TP
        .I /var/lib/throttlenet
        Its data: counts, the trusted list, the queue.
        .SH SEE ALSO
        .BR systemctl (1),
        .BR journalctl (1),
        .I /usr/share/doc/throttlenet/docs/install.md

        """;

    public static string Of(Command root)
    {
        var places = CommandPlace.All(root).ToList();
        var page = new StringBuilder($".TH THROTTLENET 8 \"\" \"ThrottleNet {Escape(NodeInstance.Version)}\" \"System Administration\"\n");
        page.Append($".SH NAME\n{Program} \\- mail relay of a throttling-MX network\n");
        page.Append($".SH SYNOPSIS\n.B {Program}\n.RI [ command ]\n.RI [ options ]\n");
        page.Append($".SH DESCRIPTION\n{Escape(root.Description)}\n.SH OPTIONS\n");
        AppendOptions(page, places[0].Options);
        page.Append(".SH COMMANDS\n");
        foreach (var place in places.Skip(1).Where(p => !p.Subcommands.Any()))
        {
            var arguments = string.Concat(place.Command.Arguments.Select(a => $" {a.HelpName ?? a.Name}"));
            page.Append($".SS {Escape(string.Join(' ', place.Path))}{Escape(arguments)}\n{Escape(place.Command.Description)}\n");
            foreach (var argument in place.Command.Arguments)
            {
                page.Append($".TP\n.I {Escape(argument.HelpName ?? argument.Name)}\n{Escape(argument.Description)}\n");
            }

            AppendOptions(page, place.Options.Except(places[0].Options));
        }

        return page.Append(Rest.ReplaceLineEndings("\n")).ToString();
    }

    private static void AppendOptions(StringBuilder page, IEnumerable<Option> options)
    {
        foreach (var option in options)
        {
            var value = option.HelpName is { } name ? $" \\fI{Escape(name)}\\fR" : "";
            page.Append($".TP\n\\fB{Escape(string.Join(", ", CommandPlace.Names(option)))}\\fR{value}\n{Escape(option.Description)}\n");
        }
    }

    // A backslash and a hyphen are marked. A line that begins with a dot or an apostrophe would be a request of the language.
    private static string Escape(string? text)
    {
        var escaped = (text ?? "").Replace("\\", "\\e", StringComparison.Ordinal).Replace("-", "\\-", StringComparison.Ordinal).ReplaceLineEndings(" ");
        return escaped is ['.' or '\'', ..] ? "\\&" + escaped : escaped;
    }
}
