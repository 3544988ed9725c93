using System.Net;
using System.Reflection;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Hosting;

namespace ThrottleNet.MxNode.Tests.Hosting;

/// <summary>What a reload takes over, what it leaves, and how it says so.</summary>
public sealed class ConfigurationComparisonTests
{
    private readonly NodeConfiguration _before = new()
    {
        Relay = new() { Routes = new Dictionary<string, string> { ["a.test"] = "127.0.0.1:1", ["b.test"] = "127.0.0.1:2" } },
        Trust = new() { Entries = ["192.0.2.1/32", "192.0.2.2/32"] },
    };

    [Fact]
    public void Equal_configurations_have_no_difference_and_keep_their_sections()
    {
        var same = new NodeConfiguration
        {
            Relay = new() { Routes = new Dictionary<string, string> { ["b.test"] = "127.0.0.1:2", ["a.test"] = "127.0.0.1:1" } },
            Trust = new() { Entries = ["192.0.2.1/32", "192.0.2.2/32"] },
        };
        var changes = ConfigurationComparison.Compare(_before, same);
        Assert.Empty(changes.Applied);
        Assert.Empty(changes.NeedRestart);
        Assert.Same(_before.Relay, changes.Effective.Relay);
        Assert.Same(_before.Trust, changes.Effective.Trust);
    }

    [Fact]
    public void Items_of_lists_and_routes_are_named_one_by_one()
    {
        var changes = ConfigurationComparison.Compare(_before, _before with
        {
            Relay = new() { Routes = new Dictionary<string, string> { ["a.test"] = "127.0.0.1:9", ["b.test"] = "127.0.0.1:2" } },
            Trust = new() { Entries = ["192.0.2.2/32", "198.51.100.0/24"] },
        });
        Assert.Equal(["Relay:Routes: +a.test=127.0.0.1:9, -a.test=127.0.0.1:1", "Trust:Entries: +198.51.100.0/24, -192.0.2.1/32"], changes.Applied);
        Assert.Empty(changes.NeedRestart);
        Assert.Equal("127.0.0.1:9", changes.Effective.Relay.Routes["a.test"]);
    }

    [Fact]
    public void A_long_list_is_cut()
    {
        var changes = ConfigurationComparison.Compare(_before, _before with { Trust = new() { Entries = [.. _before.Trust.Entries, .. Enumerable.Range(1, 25).Select(i => $"10.0.0.{i}/32")] } });
        Assert.EndsWith("+10.0.0.10/32, and 15 more", Assert.Single(changes.Applied), StringComparison.Ordinal);
    }

    [Fact]
    public void Values_within_a_setting_are_named_by_their_own_keys()
    {
        var throttle = _before.Throttle with { Host = _before.Throttle.Host with { Soft = 7, Hard = 30 } };
        Assert.Equal(["Throttle:Host:Soft: 5 -> 7", "Throttle:Host:Hard: 20 -> 30"], ConfigurationComparison.Compare(_before, _before with { Throttle = throttle }).Applied);
    }

    [Fact]
    public void What_needs_a_restart_keeps_its_value_beside_what_does_not()
    {
        var changes = ConfigurationComparison.Compare(_before, _before with { Smtp = new() { Listen = [IPEndPoint.Parse("127.0.0.9:25")], MaxRecipients = 7 } });
        Assert.Equal(["Smtp:MaxRecipients: 100 -> 7"], changes.Applied);
        Assert.Equal(["Smtp:Listen: +127.0.0.9:25, -127.0.0.1:2525"], changes.NeedRestart);
        Assert.Equal(7, changes.Effective.Smtp.MaxRecipients);
        Assert.Equal(_before.Smtp.Listen, changes.Effective.Smtp.Listen);
    }

    [Theory]
    [InlineData("a.test:8026", "b.test:8026", true)]
    [InlineData("", "b.test:8026", false)]
    [InlineData("a.test:8026", "", false)]
    public void A_list_that_switches_a_feature_on_changes_only_while_it_has_items(string before, string after, bool isApplied)
    {
        var changes = ConfigurationComparison.Compare(_before with { Guard = Guard(before) }, _before with { Guard = Guard(after) });
        Assert.Single(isApplied ? changes.Applied : changes.NeedRestart);
        Assert.Equal(isApplied ? after : before, string.Concat(changes.Effective.Guard.Relays));

        static MxNode.Guard.GuardOptions Guard(string relay) => new() { Relays = relay.Length == 0 ? [] : [relay] };
    }

    [Fact]
    public void Every_setting_that_a_reload_takes_over_is_marked_so_in_the_document()
    {
        var documented = File.ReadLines(Documents.Repository.File("docs/operator.md")).Where(l => l.StartsWith("| `", StringComparison.Ordinal) && l.Contains(" ↻ ", StringComparison.Ordinal))
            .Select(l => l.Split('`')[1]).Order(StringComparer.Ordinal);
        var marked = typeof(NodeConfiguration).GetProperties().Where(p => p.CanWrite).SelectMany(section => section.PropertyType.GetProperties()
            .Where(p => p.GetCustomAttribute<ReloadableAttribute>() is not null)
            .SelectMany(p => p.PropertyType == typeof(Counting.BlockLimits) || p.PropertyType == typeof(MxNode.Relay.Authentication.ArcOptions) ? p.PropertyType.GetProperties().Where(l => l.CanWrite).Select(l => $"{section.Name}:{p.Name}:{l.Name}") : [$"{section.Name}:{p.Name}"]));
        Assert.Equal(marked.Order(StringComparer.Ordinal), documented);
    }
}
