using System.Text.Json;
using System.Text.RegularExpressions;

namespace ThrottleNet.MxNode.Tests.Documents;

/// <summary>The alerts and the dashboard of packaging/ against the metrics of docs/metrics.md.</summary>
public sealed partial class MonitoringFilesTests
{
    // What Prometheus and the runtime's meter give.
    private static readonly string[] Others = ["dotnet_process_memory_working_set_bytes"];

    [Theory]
    [InlineData("packaging/prometheus/alerts.yml", 10)]
    [InlineData("packaging/prometheus/alerts.test.yml", 10)]
    [InlineData("packaging/grafana/throttlenet.json", 12)]
    public void Every_metric_that_a_file_names_is_one_of_the_node(string file, int atLeast)
    {
        var named = Metric().Matches(File.ReadAllText(Repository.File(file))).Select(m => m.Value).Distinct().ToList();
        Assert.InRange(named.Count, atLeast, int.MaxValue);
        Repository.Expect(named.Except([.. Exported(), .. Others]).Select(name => $"{file} names {name}, which no node exports"));
    }

    [Fact]
    public void Every_panel_of_the_dashboard_has_a_title_and_a_query_and_overlaps_no_other()
    {
        using var dashboard = JsonDocument.Parse(File.ReadAllText(Repository.File("packaging/grafana/throttlenet.json")));
        var panels = dashboard.RootElement.GetProperty("panels").EnumerateArray().ToList();
        Assert.NotEmpty(panels);
        var taken = new HashSet<(int X, int Y)>();
        foreach (var panel in panels)
        {
            Assert.NotEqual("", panel.GetProperty("title").GetString());
            Assert.NotEmpty(panel.GetProperty("targets").EnumerateArray());
            Assert.All(panel.GetProperty("targets").EnumerateArray(), t => Assert.NotEqual("", t.GetProperty("expr").GetString()));
            var place = panel.GetProperty("gridPos");
            Assert.InRange(place.GetProperty("x").GetInt32() + place.GetProperty("w").GetInt32(), 1, 24);
            for (var x = place.GetProperty("x").GetInt32(); x < place.GetProperty("x").GetInt32() + place.GetProperty("w").GetInt32(); x++)
            {
                for (var y = place.GetProperty("y").GetInt32(); y < place.GetProperty("y").GetInt32() + place.GetProperty("h").GetInt32(); y++)
                {
                    Assert.True(taken.Add((x, y)), $"{panel.GetProperty("title")} lies over another panel");
                }
            }
        }
    }

    // The names in the form of Prometheus, as docs/metrics.md describes it.
    private static IEnumerable<string> Exported()
    {
        foreach (var row in File.ReadLines(Repository.File("docs/metrics.md")).Where(l => l.StartsWith("| `throttlenet.", StringComparison.Ordinal)))
        {
            var cells = row.Split('|', StringSplitOptions.TrimEntries);
            var unit = cells[3] switch { "s" => "_seconds", "By" => "_bytes", _ => "" };
            var plain = cells[1].Trim('`').Replace('.', '_');
            var name = plain.EndsWith(unit, StringComparison.Ordinal) ? plain : plain + unit;
            switch (cells[2])
            {
                case "histogram":
                    yield return name + "_bucket";
                    break;
                case "counter":
                    yield return name + "_total";
                    break;
                default:
                    yield return name;
                    break;
            }
        }
    }

    [GeneratedRegex(@"\b(throttlenet|dotnet|kestrel)_[a-z_]+\b")]
    private static partial Regex Metric();
}
