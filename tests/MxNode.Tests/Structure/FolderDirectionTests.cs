using System.Reflection;
using NetArchTest.Rules;
using ThrottleNet.MxNode.Hosting;

namespace ThrottleNet.MxNode.Tests.Structure;

/// <summary>
/// The folders of src/MxNode stand in four rows. A folder may use the rows below its own. A neighbour in its own row it may use only where
/// <see cref="Neighbours"/> lists it.
/// </summary>
public sealed class FolderDirectionTests
{
    private const string Root = "ThrottleNet.MxNode";

    private static readonly Assembly Node = typeof(NodeHost).Assembly;

    private static readonly string[][] Rows =
    [
        ["Hosting", "Cli", "Admin", "Dashboard", "Demo", "Doctor", "Simulate"],
        ["Inbound", "Guard", "Direct", "Zones", "Help"],
        ["Relay", "Exchange", "Trust", "Content", "Cluster", "Spool", "Egress", "TlsPolicy"],
        ["Throttle", "Dns", "Pki", "Telemetry", "Configuration", "Storage", "Postfix", "Listening"],
    ];

    private static readonly Dictionary<string, string[]> Neighbours = new()
    {
        ["Cli"] = ["Hosting", "Admin", "Demo", "Doctor", "Simulate"],
        ["Hosting"] = ["Admin", "Dashboard"],
        ["Dashboard"] = ["Admin"],
        ["Demo"] = ["Hosting", "Admin"],
        ["Trust"] = ["Exchange"],
        ["Cluster"] = ["Exchange", "Relay", "Trust"],
        ["Relay"] = ["TlsPolicy"],
        ["Content"] = ["Relay"],
        ["Egress"] = ["Relay", "Exchange"],
        ["Spool"] = ["Relay"],
        ["Guard"] = ["Zones"],
        ["Throttle"] = ["Telemetry", "Storage", "Configuration"],
        ["Telemetry"] = ["Storage"],
        ["Dns"] = ["Telemetry", "Listening"],
        ["Pki"] = ["Storage"],
        ["Storage"] = ["Configuration"],
        ["Listening"] = ["Configuration"],
    };

    public static TheoryData<string> Folders => [.. Rows.SelectMany(row => row)];

    [Theory]
    [MemberData(nameof(Folders))]
    public void A_folder_uses_lower_rows_and_listed_neighbours_only(string folder)
    {
        string[] forbidden = [.. Rows.SelectMany(row => row).Except(Allowed(folder))];
        Assert.NotEmpty(forbidden);

        // Each search reads the whole assembly. Which folder a type uses is of interest only if there is one.
        if (Users(folder, forbidden).Any())
        {
            Assert.Fail(string.Join(Environment.NewLine, forbidden.SelectMany(other => Users(folder, other).Select(type => $"{type} uses {other}"))));
        }
    }

    [Fact]
    public void Every_folder_has_a_row()
    {
        var folders = Node.GetTypes()
            .Select(type => type.Namespace)
            .OfType<string>()
            .Where(name => name.StartsWith($"{Root}.", StringComparison.Ordinal))
            .Select(name => name.Split('.')[2])
            .Distinct();
        Assert.Equal(Rows.SelectMany(row => row).Order(StringComparer.Ordinal), folders.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_listed_neighbour_is_used_and_does_not_use_back()
    {
        foreach (var (folder, neighbours) in Neighbours)
        {
            foreach (var neighbour in neighbours)
            {
                Assert.True(Users(folder, neighbour).Any(), $"{folder} no longer uses {neighbour}: take it out of the list");
                Assert.DoesNotContain(folder, Reachable(neighbour));
            }
        }
    }

    private static IEnumerable<string> Allowed(string folder)
    {
        var below = Rows.SkipWhile(row => !row.Contains(folder)).Skip(1).SelectMany(row => row);
        return [folder, .. below, .. Neighbours.GetValueOrDefault(folder, [])];
    }

    private static HashSet<string> Reachable(string folder)
    {
        var reached = new HashSet<string> { folder };
        var waiting = new Queue<string>(reached);
        while (waiting.TryDequeue(out var next))
        {
            foreach (var neighbour in Neighbours.GetValueOrDefault(next, []).Where(reached.Add))
            {
                waiting.Enqueue(neighbour);
            }
        }

        return reached;
    }

    // The types of a folder that use one of the others.
    private static IEnumerable<string> Users(string folder, params string[] others) =>
        Types.InAssembly(Node)
            .That().ResideInNamespace($"{Root}.{folder}")
            .And().HaveDependencyOnAny([.. others.Select(other => $"{Root}.{other}")])
            .GetTypes().Select(type => type.FullName);
}
