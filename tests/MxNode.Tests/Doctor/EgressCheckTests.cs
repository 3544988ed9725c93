using System.Net;
using ThrottleNet.MxNode.Doctor;
using ThrottleNet.MxNode.Exchange;

namespace ThrottleNet.MxNode.Tests.Doctor;

/// <summary>The doctor's look at the addresses that mail leaves from.</summary>
public sealed class EgressCheckTests
{
    private static readonly SubjectAltNames Certificate = new([IPAddress.Parse("192.0.2.1")], ["a.throttle-mx.test"]) { Egress = [IPAddress.Parse("192.0.2.2")] };

    [Theory]
    [InlineData("192.0.2.1")]
    [InlineData("192.0.2.2")]
    [InlineData("203.0.113.7")] // what the certificate's name leads to
    public async Task Where_all_agree_it_says_by_which_addresses_guards_know_the_node(string seen)
    {
        var finding = Assert.Single(await ExamineAsync(["192.0.2.2"], Seen(seen)));
        Assert.Equal(FindingLevel.Pass, finding.Level);
        Assert.Equal($"guards know this node's mail by 192.0.2.2, 192.0.2.1; peers see it come from {seen}", finding.Text);
    }

    [Fact]
    public async Task Each_difference_is_a_warning_with_the_command_that_ends_it()
    {
        var findings = await ExamineAsync(["2001:db8::9"], Seen("198.51.100.7"));
        Assert.Equal([FindingLevel.Pass, FindingLevel.Warn, FindingLevel.Warn], findings.Select(finding => finding.Level));
        Assert.EndsWith("--egress 2001:db8::9", findings[1].Text, StringComparison.Ordinal);
        Assert.EndsWith("--egress 198.51.100.7", findings[2].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_that_does_not_answer_is_said_to_leave_out_what_peers_see() =>
        Assert.Contains("does not answer at Admin:Listen", (await ExamineAsync([], null))[^1].Text, StringComparison.Ordinal);

    private static async Task<IReadOnlyList<Finding>> ExamineAsync(string[] sources, ExchangeReport? peers)
    {
        await using var world = new DoctorWorld();
        world.Dns.Host("a.throttle-mx.test", "203.0.113.7");
        world.Options = world.Options with { SourceAddresses = [.. sources.Select(IPAddress.Parse)] };
        world.Viewpoint = world.Viewpoint with { Certificate = Certificate, PeersAsync = _ => Task.FromResult(peers) };
        return [.. (await world.ExamineAsync()).Findings.Where(f => f.Check == "egress")];
    }

    private static ExchangeReport Seen(string address) =>
        ExchangeReport.None with { Peers = [new NeighbourReport("b", "operator-b", "", "", "us", NeighbourReport.Ready, default) { SeesUsFrom = address }] };
}
