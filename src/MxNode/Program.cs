using System.CommandLine;
using ThrottleNet.MxNode.Cli;
using ThrottleNet.MxNode.Cli.Trust;

// Read by System.Net.Sockets when the first socket is made: the thread that is notified of a packet handles it. See NodeHost.
Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");

var root = new RootCommand("ThrottleNet: a mail relay of a throttling-MX network. Without a command, runs a node with the default settings.")
{
    RunCommand.Create(),
    CheckConfigCommand.Create(),
    DemoCommand.Create(),
    DoctorCommand.Create(),
    StatusCommand.Create(),
    BlockCommand.Create(),
    PeersCommand.Create(),
    PkiCommand.Create(),
    TrustCommands.Create(),
    SimulateCommand.Create(),
};
root.SetAction(RunCommand.RunDefaultsAsync);
return await CommandLine.InvokeAsync(root, args);
