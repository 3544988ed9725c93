using System.CommandLine;
using ThrottleNet.MxNode.Cli.Reference;
using ThrottleNet.MxNode.Cli.Trust;

namespace ThrottleNet.MxNode.Cli;

/// <summary>All commands of the program.</summary>
internal static class Commands
{
    public static RootCommand Create()
    {
        var root = new RootCommand("ThrottleNet: a mail relay of a throttling-MX network. Without a command, runs a node with the default settings.")
        {
            RunCommand.Create(),
            CheckConfigCommand.Create(),
            DemoCommand.Create(),
            DoctorCommand.Create(),
            StatusCommand.Create(),
            BlockCommand.Create(),
            UnblockCommand.Create(),
            AskCommand.Create(),
            PeersCommand.Create(),
            QueueCommand.Create(),
            PkiCommand.Create(),
            TrustCommands.Create(),
            SimulateCommand.Create(),
            CompletionCommand.Create(),
            ManualCommand.Create(),
        };
        root.SetAction(RunCommand.RunDefaultsAsync);
        return root;
    }
}
