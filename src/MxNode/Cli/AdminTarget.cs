using System.CommandLine;

namespace ThrottleNet.MxNode.Cli;

/// <summary>The options by which a command finds a running node: --node and --token-file, or a configuration.</summary>
internal sealed class AdminTarget
{
    private readonly Option<string?> _config;
    private readonly Option<string[]> _set;
    private readonly Option<string?> _node = new("--node") { Description = "Where the running node is, e.g. http://192.0.2.1:8025. Without it: Admin:Listen of the configuration.", HelpName = "URL" };
    private readonly Option<string?> _tokenFile = new("--token-file") { Description = "The file with the node's token. Without it: Admin:TokenFile of the configuration.", HelpName = "FILE" };

    /// <summary>Adds all four options to a command.</summary>
    public AdminTarget(Command command)
        : this(command, CommandLine.ConfigOption(), CommandLine.SetOption())
    {
        command.Add(_config);
        command.Add(_set);
    }

    /// <summary>Adds --node and --token-file to a command whose parent has the other two.</summary>
    public AdminTarget(Command command, Option<string?> config, Option<string[]> set)
    {
        (_config, _set) = (config, set);
        _node.Validators.Add(result =>
        {
            if (!Uri.TryCreate(result.Tokens.SingleOrDefault()?.Value, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            {
                result.AddError($"--node: \"{result.Tokens.SingleOrDefault()?.Value}\" is no URL; write one such as http://192.0.2.1:8025");
            }
        });
        command.Add(_node);
        command.Add(_tokenFile);
    }

    /// <summary>Whether the command line names a running node.</summary>
    public bool IsNamed(ParseResult parsed) => parsed.GetValue(_node) is not null;

    /// <summary>The node; null if the configuration has errors or the node has no endpoint for commands, which was then printed.</summary>
    public AdminClient? Find(ParseResult parsed)
    {
        var tokenFile = parsed.GetValue(_tokenFile);
        if (parsed.GetValue(_node) is { } node)
        {
            return new AdminClient(new Uri(node.TrimEnd('/') + '/'), tokenFile);
        }

        if (CommandLine.Load(parsed, _config, _set) is not { } configuration)
        {
            return null;
        }

        if (AdminClient.Of(configuration.Admin with { TokenFile = tokenFile ?? configuration.Admin.TokenFile }) is { } client)
        {
            return client;
        }

        Console.Error.WriteLine("Admin:Listen is null, so the node cannot be asked; set it, e.g. to 127.0.0.1:8025");
        return null;
    }
}
