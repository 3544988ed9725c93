using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using ThrottleNet.MxNode.Cli;
using ThrottleNet.MxNode.Demo;

namespace ThrottleNet.MxNode.Tests.Demo;

/// <summary>What the demo says to a newcomer.</summary>
public sealed partial class DemoPictureTests
{
    [Theory]
    [InlineData("passed")]
    [InlineData("4xx")]
    [InlineData("5xx")]
    public void The_legend_explains_each_column(string column) =>
        Assert.Matches($@"(?m)^{column} +\S", DemoPicture.Legend);

    [Fact]
    public void The_next_steps_are_commands_that_the_program_takes()
    {
        var commands = Command().Matches(DemoPicture.NextStep).Select(m => m.Groups[1].Value).ToList();
        Assert.Equal(["", "-- doctor example.com"], commands);
        Assert.Empty(Commands.Create().Parse([.. CommandLineParser.SplitCommandLine(commands[1][3..])]).Errors);
    }

    [GeneratedRegex(@"\(dotnet run --project src/MxNode ?([^)]*)\)")]
    private static partial Regex Command();
}
