using System.Text.Json;

namespace ThrottleNet.MxNode.Tests.Demo;

/// <summary>The demo command.</summary>
[Trait("Category", "Slow")]
public sealed class DemoTests
{
    [Fact]
    public async Task Each_host_of_the_demo_gets_the_treatment_that_the_report_states()
    {
        using var folder = new TemporaryFolder();
        var demo = await ProcessResult.OfAsync(NodeCommandLine.StartInfo(["demo", "--json"], folder.Path), patience: Eventually.LongPatience);
        Assert.Equal("", demo.Error);
        using var json = JsonDocument.Parse(demo.Output);
        Assert.True(json.RootElement.GetProperty("asPromised").GetBoolean(), demo.Output);
        Assert.Equal(0, demo.ExitCode);
        Assert.Equal(json.RootElement.GetProperty("accepted").GetInt32(), json.RootElement.GetProperty("arrived").GetInt32());
        Assert.Equal(7, json.RootElement.GetProperty("actors").GetArrayLength());
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }
}
