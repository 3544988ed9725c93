using System.Globalization;
using System.Text.Json;
using System.Xml.Linq;
using ThrottleNet.MxNode.Simulate;

namespace ThrottleNet.MxNode.Tests.Cli;

/// <summary>The simulate command with a network that is small enough for a test.</summary>
[Trait("Category", "Slow")]
public sealed class SimulateCommandTests : IDisposable
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";
    private static readonly string[] Small = ["--nodes", "12", "--operators", "6", "--seconds", "6", "--hosts", "10", "--spray", "60"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_same_seed_gives_the_same_run_and_another_seed_another_one()
    {
        var first = await RunAsync([.. Small, "--seed", "7", "--loss", "5", "--json"]);
        var again = await RunAsync([.. Small, "--seed", "7", "--loss", "5%", "--json"]);
        Assert.Equal((0, ""), (first.ExitCode, first.Error));
        Assert.Equal(first.Output, again.Output);
        using var json = JsonDocument.Parse(first.Output);
        Assert.Equal(7, json.RootElement.GetProperty("options").GetProperty("seed").GetInt32());
        var result = json.RootElement.GetProperty("result");
        Assert.True(result.GetProperty("asPromised").GetBoolean());
        Assert.Equal((60, 20), (result.GetProperty("sprayed").GetInt32(), result.GetProperty("innocent").GetInt32()));
        Assert.True(result.GetProperty("batches").GetInt32() > 0);

        var other = await RunAsync([.. Small, "--seed", "8", "--loss", "5", "--json"]);
        using var otherJson = JsonDocument.Parse(other.Output);
        Assert.NotEqual(result.GetRawText(), otherJson.RootElement.GetProperty("result").GetRawText());
    }

    [Fact]
    public async Task Without_a_seed_the_chosen_one_is_printed_and_the_result_is_a_table()
    {
        var run = await RunAsync(Small);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var seed = run.Output.Split("--seed ")[1].Split(' ')[0];
        Assert.StartsWith($"12 nodes of 6 operators, seed {seed}, ", run.Output, StringComparison.Ordinal);
        Assert.Contains("5 of ", run.Output, StringComparison.Ordinal);
        Assert.All(
            new[] { "time to 50 % of nodes", "time to 90 % of nodes", "time to 99 % of nodes", "payload copies a node", "bytes per node and second", "leak", "wrongly deferred", "wrongly refused" },
            headline => Assert.Contains(headline, run.Output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_picture_is_xml_with_a_rising_curve_and_a_point_for_50_90_and_99_percent()
    {
        var file = Path.Combine(_folder.Path, "spread.svg");
        var run = await RunAsync([.. Small, "--seed", "7", "--svg", file]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var picture = XDocument.Load(file).Root!;
        Assert.Equal(Svg + "svg", picture.Name);
        Assert.Equal(new[] { "50 %", "90 %", "99 %" }, picture.Elements(Svg + "circle").Select(c => c.Element(Svg + "title")!.Value.Split(" after ")[0]));
        var points = picture.Element(Svg + "polyline")!.Attribute("points")!.Value.Split(' ')
            .Select(p => p.Split(',').Select(n => double.Parse(n, CultureInfo.InvariantCulture)).ToArray()).ToList();
        Assert.Equal(101, points.Count);
        Assert.All(points.Zip(points.Skip(1)), pair => Assert.True(pair.Second[0] >= pair.First[0] && pair.Second[1] < pair.First[1]));
        var texts = picture.Elements(Svg + "text").Select(t => t.Value).ToList();
        Assert.Contains("milliseconds since the batch was published", texts);
        Assert.Contains("% of the nodes within reach that have it", texts);
        Assert.Contains("wrongly refused", texts);
    }

    [Theory]
    [InlineData("--nodes: \"1\" is not a whole number from 2 to 20000", "--nodes", "1")]
    [InlineData("--nodes: \"many\" is not a whole number from 2 to 20000", "--nodes", "many")]
    [InlineData("--loss: \"101\" is not a share from 0 to 100 %", "--loss", "101")]
    [InlineData("--loss: \"NaN\" is not a share from 0 to 100 %", "--loss", "NaN")]
    [InlineData("--latency: \"60-20\" is not milliseconds from 1 to 2000, like 40 or 20-60", "--latency", "60-20")]
    [InlineData("--operators: 9 is more than there are nodes (8)", "--nodes", "8", "--operators", "9")]
    [InlineData("--liars: 9 is more than there are operators (8)", "--nodes", "8", "--liars", "9")]
    [InlineData("--partition: 10 s, begun after 5 s, does not end within --seconds 12", "--seconds", "12", "--partition", "10")]
    [InlineData("--svg: \"nowhere/spread.svg\" is no file in a folder that exists", "--svg", "nowhere/spread.svg")]
    public async Task Wrong_values_exit_with_2_and_print_one_line(string error, params string[] arguments)
    {
        var run = await RunAsync(arguments);
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Equal($"{error}; see --help", Assert.Single(run.ErrorLines));
    }

    [Fact]
    public async Task When_innocent_senders_are_refused_the_simulation_exits_with_1()
    {
        var run = await RunAsync("--nodes", "20", "--operators", "20", "--liars", "16", "--seconds", "12", "--hosts", "20", "--messages", "6", "--seed", "7", "--json");
        Assert.Equal((1, ""), (run.ExitCode, run.Error));
        using var json = JsonDocument.Parse(run.Output);
        var result = json.RootElement.GetProperty("result");
        Assert.False(result.GetProperty("asPromised").GetBoolean());
        Assert.True(result.GetProperty("wronglyRefused").GetInt32() > 0);
    }

    [Fact]
    public async Task When_a_sprayer_exceeds_one_senders_limit_the_simulation_exits_with_1()
    {
        var run = await RunAsync([.. Small, "--seed", "7", "--hold", "0"]);
        Assert.Equal((1, ""), (run.ExitCode, run.Error));
        Assert.Contains("NOT as promised: the sprayer got more through than one sender may; ", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_picture_is_written_even_if_no_batch_spread()
    {
        var nothing = new SimulationResult(0, 0, 0, 0, 60, [], 0, 0, 0, 0, 0, 0, 20, 0, 0, 0);
        var picture = XDocument.Parse(SimulationPicture.Draw(new SimulationOptions(), nothing)).Root!;
        Assert.Empty(picture.Elements(Svg + "circle"));
        Assert.Contains("never", picture.Elements(Svg + "text").Select(t => t.Value));
    }

    [Fact]
    public async Task Clusters_are_one_gateway_each()
    {
        string[] small = ["--nodes", "50", "--clusters", "5", "--seconds", "6", "--hosts", "10", "--spray", "60", "--seed", "7"];
        var run = await RunAsync(small);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.StartsWith("5 clusters of 10 nodes, one gateway each", run.Output, StringComparison.Ordinal);
        Assert.Contains("time to 99 % of gateways", run.Output, StringComparison.Ordinal);
        Assert.Contains("bytes per gateway and second", run.Output, StringComparison.Ordinal);
        Assert.Equal(2, (await RunAsync([.. small, "--operators", "3"])).ExitCode);
        Assert.Equal(2, (await RunAsync("--nodes", "4", "--clusters", "5")).ExitCode);
    }

    private Task<ProcessResult> RunAsync(params string[] arguments) => CliNode.CommandAsync(_folder.Path, ["simulate", .. arguments]);
}
