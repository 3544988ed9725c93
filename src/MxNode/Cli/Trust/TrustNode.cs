using System.CommandLine;

namespace ThrottleNet.MxNode.Cli.Trust;

/// <summary>Lets a trust command read the list and the logs of a running node, or sign with its key, in place of the files on this machine.</summary>
/// <param name="config">The option --config of all trust commands.</param>
/// <param name="set">Their option --set.</param>
internal sealed class TrustNode(Option<string?> config, Option<string[]> set)
{
    /// <summary>Adds the options --node and --token-file to a command.</summary>
    public AdminTarget AddTo(Command command) => new(command, config, set);
}
