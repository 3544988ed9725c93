using System.Net;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Hosting;

namespace ThrottleNet.MxNode.Tests.Configuration;

/// <summary>Reading the configuration. One class, because its tests set environment variables of the process.</summary>
public sealed class ConfigurationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _variables = [];

    public void Dispose()
    {
        foreach (var variable in _variables)
        {
            Environment.SetEnvironmentVariable(variable, null);
        }

        _folder.Dispose();
    }

    [Fact]
    public void Without_any_setting_the_defaults_apply_and_are_valid()
    {
        var result = ConfigurationLoader.Load(null, []);
        Assert.Empty(result.Errors);
        Assert.Equal([new IPEndPoint(IPAddress.Loopback, 2525)], result.Configuration!.Smtp.Listen);
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, 8025), result.Configuration.Admin.Listen);
        Assert.Equal(TimeSpan.FromSeconds(3), result.Configuration.Throttle.Hold);
    }

    public static TheoryData<string> Sections => [.. typeof(NodeConfiguration).GetProperties().Select(p => p.Name)];

    // Kubernetes gives a Secret to a pod's group.
    [Theory]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.GroupRead, 0)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.OtherRead, 1)]
    public void A_token_may_be_readable_by_its_group_and_not_by_every_user(UnixFileMode mode, int errors)
    {
        using var folder = new TemporaryFolder();
        var token = folder.Write("token", new string('t', 40));
        System.IO.File.SetUnixFileMode(token, mode);
        Assert.Equal(errors, ConfigurationLoader.Load(null, [$"Admin:TokenFile={token}"]).Errors.Count);
    }

    [Theory]
    [MemberData(nameof(Sections))]
    public void An_empty_section_is_as_good_as_none(string section)
    {
        var good = Good($$"""{ "{{section}}": {} }""");
        Assert.Equal(new NodeConfiguration().Throttle.Hold, good.Throttle.Hold);
        Assert.Equal([new IPEndPoint(IPAddress.Loopback, 2525)], good.Smtp.Listen);
    }

    [Fact]
    public void A_file_with_comments_trailing_commas_and_keys_in_any_case_is_read()
    {
        var good = Good("""
            {
              // this node's identity
              "Node": { "hostname": "a.throttle-mx.example.net", },
              "Smtp": { "Listen": [ "127.0.0.1:25", "[::1]:25" ], "GreetDelay": "00:00:05", "MaxMessageSize": 1000000, "ProxyFrom": [ "192.0.2.0/24", "2001:db8::7" ] },
              "Relay": { "AllowPrivateDestinations": true, "Routes": { "bench.test": "127.0.0.1:4025" } },
              "Throttle": { "Host": { "Hard": 40 } },
              "Trust": { "Entries": [] },
              "Admin": { "Listen": null } /* no dashboard */
            }
            """);
        Assert.Equal("a.throttle-mx.example.net", good.Node.HostName);
        Assert.Equal([new IPEndPoint(IPAddress.Loopback, 25), new IPEndPoint(IPAddress.IPv6Loopback, 25)], good.Smtp.Listen);
        Assert.Equal(TimeSpan.FromSeconds(5), good.Smtp.GreetDelay);
        Assert.Equal(1_000_000, good.Smtp.MaxMessageSize);
        Assert.Equal([IPNetwork.Parse("192.0.2.0/24"), IPNetwork.Parse("2001:db8::7/128")], good.Smtp.ProxyFrom);
        Assert.True(good.Relay.AllowPrivateDestinations);
        Assert.Equal("127.0.0.1:4025", good.Relay.Routes["bench.test"]);
        Assert.Equal((5, 40, 150), (good.Throttle.Host.Soft, good.Throttle.Host.Hard, good.Throttle.Host.Day));
        Assert.Empty(good.Trust.Entries);
        Assert.Null(good.Admin.Listen);
    }

    [Fact]
    public void The_environment_overrides_the_file_and_set_overrides_both()
    {
        var file = File("""{ "Node": { "Name": "file", "HostName": "file.test" }, "Smtp": { "MaxErrors": 3, "Listen": [ "127.0.0.1:1", "127.0.0.1:2" ] } }""");
        Set("Node__Name", "environment");
        Set("Smtp__MaxErrors", "4");
        Set("SMTP__LISTEN", "127.0.0.1:3, 127.0.0.1:4");
        var good = Load(file, "Smtp:MaxErrors=5");
        Assert.Equal(("environment", "file.test", 5), (good.Node.Name, good.Node.HostName, good.Smtp.MaxErrors));
        Assert.Equal([3, 4], good.Smtp.Listen.Select(e => e.Port));
    }

    [Fact]
    public void A_list_can_be_set_with_commas_or_by_index_and_can_be_emptied()
    {
        Assert.Equal(["127.0.0.1:53", "192.0.2.1:53"], Load(null, "Dns:Servers= 127.0.0.1:53 ,192.0.2.1:53,").Dns.Servers);
        Assert.Equal(["127.0.0.1:53", "192.0.2.1:53"], Load(null, "Dns:Servers:0=127.0.0.1:53", "Dns:Servers:1=192.0.2.1:53").Dns.Servers);
        Assert.Equal(["192.0.2.1"], Load(File("""{ "Dns": { "Servers": [] } }"""), "Dns:Servers:0=192.0.2.1").Dns.Servers);
        Assert.Empty(Load(null, "Dns:Servers=").Dns.Servers);
        Assert.Empty(Load(File("""{ "Dns": { "Servers": [ "127.0.0.1" ] } }"""), "Dns:Servers=,").Dns.Servers);
    }

    [Fact]
    public void A_value_may_contain_equals_signs_and_an_empty_value_unsets_an_optional_setting()
    {
        Assert.Equal("a=b", Load(null, "Node:DataDirectory=a=b").Node.DataDirectory);
        Assert.Null(Load(null, "Admin:Listen=").Admin.Listen);
        Assert.Null(Load(File("""{ "Node": { "Postmaster": "boss@example.com" } }"""), "Node:Postmaster=").Node.Postmaster);
    }

    [Theory]
    [InlineData("""{ "Smpt": {} }""", "Smpt: unknown key; did you mean Smtp?")]
    [InlineData("""{ "Smtp": { "GreatDelay": "00:00:01" } }""", "Smtp:GreatDelay: unknown key; did you mean GreetDelay?")]
    [InlineData("""{ "Throttle": { "Host": { "Sofd": 1 } } }""", "Throttle:Host:Sofd: unknown key; did you mean Soft?")]
    [InlineData("""{ "Admin": { "Whatever": 1 } }""", "Admin:Whatever: unknown key; known here: Listen, GrpcListen, TokenFile, HostNames")]
    [InlineData("""{ "Smtp": { "MaxErrors": "ten" } }""", "Smtp:MaxErrors: \"ten\" cannot be read; write a whole number")]
    [InlineData("""{ "Smtp": { "MaxErrors": 1.5 } }""", "Smtp:MaxErrors: \"1.5\" cannot be read; write a whole number")]
    [InlineData("""{ "Smtp": { "MaxErrors": 99999999999 } }""", "Smtp:MaxErrors: \"99999999999\" cannot be read; write a whole number")]
    [InlineData("""{ "Smtp": { "MaxErrors": null } }""", "Smtp:MaxErrors: is null; leave the key out for its default")]
    [InlineData("""{ "Smtp": { "MaxErrors": [ 1 ] } }""", "Smtp:MaxErrors: is a list or an object; write one value: a whole number")]
    [InlineData("""{ "Smtp": { "GreetDelay": 3 } }""", "Smtp:GreetDelay: \"3\" cannot be read; write a duration as hh:mm:ss, e.g. 00:00:03")]
    [InlineData("""{ "Smtp": { "GreetDelay": "-00:00:03" } }""", "Smtp:GreetDelay: -00:00:03 is out of range; clients give up later: set 00:00:00 to 00:01:00")]
    [InlineData("""{ "Smtp": { "Listen": [ "127.0.0.1" ] } }""", "Smtp:Listen:0: \"127.0.0.1\" cannot be read; write address:port, e.g. 127.0.0.1:2525 or [::1]:2525")]
    [InlineData("""{ "Smtp": { "Listen": [ "localhost:25" ] } }""", "Smtp:Listen:0: \"localhost:25\" cannot be read; write address:port")]
    [InlineData("""{ "Smtp": { "Listen": [ null ] } }""", "Smtp:Listen:0: \"\" cannot be read; write address:port")]
    [InlineData("""{ "Smtp": { "Listen": [] } }""", "Smtp:Listen: is empty; name at least one address:port")]
    [InlineData("""{ "Smtp": { "Listen": null } }""", "Smtp:Listen: is null; leave the key out for its default")]
    [InlineData("""{ "Smtp": { "Listen": [ "127.0.0.1:25", "127.0.0.1:25" ] } }""", "Smtp:Listen: 127.0.0.1:25 is named twice")]
    [InlineData("""{ "Smtp": { "ProxyFrom": [ "192.0.2.7/24" ] } }""", "Smtp:ProxyFrom:0: \"192.0.2.7/24\" cannot be read; write an address or a network without host bits")]
    [InlineData("""{ "Smtp": 25 }""", "Smtp: is a value; write an object with Listen, GreetDelay")]
    [InlineData("""{ "Smtp": { "Certificate": "/no/such.pem" } }""", "Smtp:Key: is missing; set both Certificate and Key", "Smtp:Certificate: /no/such.pem does not exist")]
    [InlineData("""{ "Relay": { "AllowPrivateDestinations": "perhaps" } }""", "Relay:AllowPrivateDestinations: \"perhaps\" cannot be read; write true or false")]
    [InlineData("""{ "Relay": { "Routes": { "Example.com": "mail:25", "example.net": "mail" } } }""", "Relay:Routes:Example.com: not a lower-case ASCII domain", "Relay:Routes:example.net: 'mail' is not host:port")]
    [InlineData("""{ "Throttle": { "Host": { "Soft": 30 } } }""", "Throttle:Host:Soft: 30 is above Hard (20)", "Throttle:Host:Day: 150 is under 24 hours at Soft (720)")]
    [InlineData("""{ "Throttle": { "Host": { "Soft": "NaN" } } }""", "Throttle:Host:Soft: \"NaN\" cannot be read; write a number")]
    [InlineData("""{ "Trust": { "Entries": [ "192.0.2.1/40" ] } }""", "Trust:Entries:0: ")]
    [InlineData("""{ "Node": { "HostName": "not a name" } }""", "Node:HostName: \"not a name\" is no host name")]
    [InlineData("""{ "Node": { "Postmaster": "nobody" } }""", "Node:Postmaster: \"nobody\" is no address")]
    [InlineData("""{ "Admin": { "Listen": "0.0.0.0:8025" } }""", "Admin:Listen: 0.0.0.0:8025 can be reached from other machines; listen on 127.0.0.1, or set TokenFile")]
    [InlineData("""{ "Admin": { "TokenFile": "/no/such" } }""", "Admin:TokenFile: /no/such does not exist; make it with")]
    [InlineData("""{ "Admin": { "TokenFile": "/tmp" } }""", "Admin:TokenFile: /tmp cannot be read; make it with")]
    [InlineData("""{ "Admin": { "TokenFile": "/dev/null" } }""", "Admin:TokenFile: /dev/null is empty; make it with")]
    [InlineData("""{ "Telemetry": { "Otlp": "collector" } }""", "Telemetry:Otlp: \"collector\" is not the address of a collector")]
    public void Each_kind_of_error_names_its_key_and_a_correct_value(string json, params string[] errors)
    {
        var result = ConfigurationLoader.Load(File(json), []);
        Assert.Null(result.Configuration);
        Assert.Equal(errors.Length, result.Errors.Count);
        Assert.All(errors.OrderBy(e => e).Zip(result.Errors.OrderBy(e => e)), pair => Assert.StartsWith(pair.First, pair.Second, StringComparison.Ordinal));
    }

    [Fact]
    public void All_errors_of_all_sources_are_reported_at_once()
    {
        var file = File("""{ "Smtp": { "MaxErrors": 0, "Unknown": 1, "Listen": [ "x", "y" ] }, "Nood": {} }""");
        Set("Relay__Port", "99999");
        var result = ConfigurationLoader.Load(file, ["Throttle:Hold=soon", "no value", "Dns:Attempts=9", "Smtp=8"]);
        Assert.Null(result.Configuration);
        string[] keys = ["--set no value:", "Smtp:", "Smtp:MaxErrors:", "Smtp:Unknown:", "Smtp:Listen:0:", "Smtp:Listen:1:", "Nood:", "Relay:Port:", "Throttle:Hold:", "Dns:Attempts:"];
        Assert.Equal(keys.Length, result.Errors.Count);
        Assert.All(keys, key => Assert.Contains(result.Errors, error => error.StartsWith(key, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("{\n  \"Smtp\": {\n    \"MaxErrors\" 3\n  }\n}", ": line 3, column 17: not JSON")]
    [InlineData("{\n  \"Smtp\": {", ": line 2, column 12: not JSON")]
    [InlineData("", ": line 1, column 1: not JSON")]
    [InlineData("[ 1 ]", "; write one JSON object with each key once")]
    [InlineData("""{ "Smtp": { "MaxErrors": 1, "maxerrors": 2 } }""", "; write one JSON object with each key once")]
    public void The_error_for_a_file_that_is_not_JSON_names_the_line(string json, string error)
    {
        var file = File(json);
        var told = Assert.Single(ConfigurationLoader.Load(file, []).Errors);
        Assert.StartsWith(file + ":", told, StringComparison.Ordinal);
        Assert.Contains(error, told, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_cannot_be_read_is_one_error()
    {
        Assert.Contains("cannot be read", Assert.Single(ConfigurationLoader.Load("/no/such/file.json", []).Errors), StringComparison.Ordinal);
        Assert.Contains("cannot be read", Assert.Single(ConfigurationLoader.Load(_folder.Path, []).Errors), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("NoEquals")]
    [InlineData("=value")]
    public void A_setting_without_key_or_value_is_reported(string setting)
    {
        Assert.Contains("write --set Section:Key=Value", Assert.Single(ConfigurationLoader.Load(null, [setting]).Errors), StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_key_in_the_environment_is_reported()
    {
        Set("Nodd__Name", "x");
        Assert.Equal("Nodd: unknown key; did you mean Node?", Assert.Single(ConfigurationLoader.Load(null, []).Errors));
    }

    private NodeConfiguration Good(string json) => Load(File(json));

    private static NodeConfiguration Load(string? file, params string[] settings)
    {
        var result = ConfigurationLoader.Load(file, settings);
        Assert.Empty(result.Errors);
        return result.Configuration!;
    }

    private string File(string json)
    {
        var file = Path.Combine(_folder.Path, $"{Guid.NewGuid():N}.json");
        System.IO.File.WriteAllText(file, json);
        return file;
    }

    private void Set(string key, string value)
    {
        _variables.Add(ConfigurationLoader.EnvironmentPrefix + key);
        Environment.SetEnvironmentVariable(_variables[^1], value);
    }
}
