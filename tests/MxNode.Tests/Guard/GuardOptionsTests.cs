using System.Net;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Guard;
using ThrottleNet.MxNode.Hosting;

namespace ThrottleNet.MxNode.Tests.Guard;

public sealed class GuardOptionsTests
{
    [Fact]
    public void The_section_as_operators_write_it_is_read()
    {
        var off = Load("Guard:Listen=");
        Assert.False(off.Guard.IsOn);
        var good = Load("Guard:Listen=127.0.0.1:10040,[::1]:10040", "Guard:Courtesy=5", "Guard:DropSet=throttlenet_guard", "Guard:DropTime=02:00:00", "Guard:Ports=25,587", "Direct:Listen=127.0.0.1:10041");
        Assert.Equal((2, 5, "throttlenet_guard", false), (good.Guard.EndPoints.Count, good.Guard.Courtesy, good.Guard.DropSet, good.Guard.Refuse));
        Assert.Equal([25, 587], good.Guard.Ports);
        Assert.Equal([new IPEndPoint(IPAddress.Loopback, 10041)], good.Direct.EndPoints);
        Assert.Equal([25], new GuardOptions().Ports);
    }

    [Theory]
    [InlineData("Guard:Courtesy=0", "Guard:Courtesy: 0 is out of range")]
    [InlineData("Guard:CourtesyInterval=1.00:00:00", "Guard:CourtesyInterval: 1.00:00:00 is out of range")]
    [InlineData("Guard:Zone=Guard.Example", "Guard:Zone: 'Guard.Example' is not a lower-case ASCII domain name")]
    [InlineData("Guard:DropSet=a;b", "Guard:DropSet: \"a;b\" is no table's name")]
    [InlineData("Guard:DropSet=Upper", "Guard:DropSet: \"Upper\" is no table's name")]
    [InlineData("Guard:DropTime=00:00:10", "Guard:DropTime: 00:00:10 is out of range")]
    [InlineData("Guard:Ports=25,70000", "Guard:Ports: contains a number that is no port")]
    [InlineData("Guard:Ports=,", "Guard:Ports: is empty")]
    [InlineData("Guard:RelayTimeout=00:01:00", "Guard:RelayTimeout: 00:01:00 is out of range")]
    [InlineData("Guard:Relays=nowhere", "Guard:Relays:0: \"nowhere\" is no address")]
    [InlineData("Guard:Listen=127.0.0.1:1,127.0.0.1:1", "Guard:Listen: 127.0.0.1:1 is named twice")]
    [InlineData("Direct:Listen=127.0.0.1:1,127.0.0.1:1", "Direct:Listen: 127.0.0.1:1 is named twice")]
    public void Each_wrong_setting_is_reported_with_a_correct_value(string setting, string error)
    {
        var told = Assert.Single(ConfigurationLoader.Load(null, [setting]).Errors);
        Assert.StartsWith(error, told, StringComparison.Ordinal);
        Assert.Contains("; ", told, StringComparison.Ordinal);
    }

    [Fact]
    public void A_node_without_SMTP_needs_another_service_and_a_guard_needs_relays()
    {
        Assert.StartsWith("Smtp:Listen: is empty; name at least one", Assert.Single(Errors("Smtp:Listen=,")), StringComparison.Ordinal);
        Assert.Empty(Errors("Smtp:Listen=,", "Direct:Listen=127.0.0.1:10041"));
        Assert.StartsWith("Guard:Relays: is empty", Assert.Single(Errors("Smtp:Listen=,", "Guard:Listen=127.0.0.1:10040")), StringComparison.Ordinal);
        Assert.Equal(
            ["Exchange:Certificate", "Exchange:Key", "Exchange:Authority"],
            Errors("Smtp:Listen=,", "Guard:Listen=127.0.0.1:10040", "Guard:Relays=a.example.net:8026").Select(e => e[..e.IndexOf(": ", StringComparison.Ordinal)]));
    }

    private static NodeConfiguration Load(params string[] settings)
    {
        var result = ConfigurationLoader.Load(null, settings);
        Assert.Empty(result.Errors);
        return result.Configuration!;
    }

    private static IReadOnlyList<string> Errors(params string[] settings) => ConfigurationLoader.Load(null, settings).Errors;
}
