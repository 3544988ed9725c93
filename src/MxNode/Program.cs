using System.CommandLine;
using ThrottleNet.MxNode.Cli;

var root = new RootCommand("ThrottleNet: a relay of a throttling-MX network. Without a command it runs a node with its defaults.")
{
    RunCommand.Create(),
    CheckConfigCommand.Create(),
    DemoCommand.Create(),
    DoctorCommand.Create(),
    StatusCommand.Create(),
    BlockCommand.Create(),
};
root.SetAction(RunCommand.RunDefaultsAsync);
return await CommandLine.InvokeAsync(root, args);
