using System.CommandLine;
using ThrottleNet.MxNode.Cli;
using ThrottleNet.MxNode.Cli.Trust;

// Read by the sockets when the first one is made: a packet is handled on the thread that heard of it. See NodeHost.
Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");

var root = new RootCommand("ThrottleNet: a relay of a throttling-MX network. Without a command it runs a node with its defaults.")
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
