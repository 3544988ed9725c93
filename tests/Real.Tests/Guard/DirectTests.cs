using System.Net;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Guard;

/// <summary>A trusted sender's Postfix that asks a node for the route past the magic MX.</summary>
public sealed class DirectTests
{
    private const string Names = """
        example MX 0 throttle-mx.relays
        example MX 20 backup.example
        example MX 10 mail.example
        plain MX 10 mail.plain
        throttle-mx.relays A 10.77.0.1
        mail.example A 10.77.0.2
        backup.example A 10.77.0.4
        mail.plain A 10.77.0.2

        """;

    private const string Map = "socketmap:inet:127.0.0.1:10041:direct";

    [NeedsFact("root", "ip", "postfix", "nsd", "unbound")]
    public async Task Postfix_sends_directly_to_the_real_MX_of_protected_domains_and_as_before_to_others()
    {
        await using var network = await TestNetwork.CreateAsync();
        await using var names = await NameServer.StartAsync(network, Names, "3.0 PTR lists.people.test.\n");
        using var folder = new TemporaryFolder();
        var sender = await network.AddAsync(IPAddress.Parse("10.77.0.3"));
        await using var node = await NodeProcess.StartAsync(folder, sender, "Smtp:Listen=,", "Direct:Listen=127.0.0.1:10041");

        Assert.Equal("smtp:[mail.example.test],[backup.example.test]", await LookUpAsync(sender, "example.test"));
        Assert.Equal("smtp:[mail.example.test],[backup.example.test]", await LookUpAsync(sender, "ann@example.test"));
        foreach (var key in new[] { "plain.test", "ann@plain.test", ".example.test", "*", "nowhere.test" })
        {
            Assert.Null(await LookUpAsync(sender, key));
        }

        // The first of the two MX is down: a machine without a mail server. Postfix tries the second next.
        await network.AddAsync(IPAddress.Parse("10.77.0.2"));
        var backup = await network.AddAsync(IPAddress.Parse("10.77.0.4"));
        await using var destination = await PostfixInstance.StartDestinationAsync(backup, "backup.example.test", "someone@example.test", IPAddress.Parse("10.77.0.1"));
        await using var postfix = await PostfixInstance.StartSenderAsync(sender, "lists.people.test", $"transport_maps = {Map}");
        await postfix.SubmitAsync("list@people.test", "someone@example.test", "Subject: news\n\nhello\n");
        await postfix.LogLineAsync("the delivery", l => l.Contains("relay=backup.example.test[10.77.0.4]:25", StringComparison.Ordinal) && l.Contains("status=sent", StringComparison.Ordinal));
        Assert.DoesNotContain(postfix.Log, l => l.Contains("throttle-mx", StringComparison.Ordinal));
        Assert.Contains(postfix.Log, l => l.Contains("connect to mail.example.test[10.77.0.2]:25: Connection refused", StringComparison.Ordinal));
        await node.StopAsync();
    }

    // postmap's exit code shows whether there is an entry.
    private static async Task<string?> LookUpAsync(NetworkHost host, string key)
    {
        var result = await Tool.RunAsync("postmap", ["-q", key, Map], host: host);
        return result.ExitCode == 0 ? result.Output.Trim() : result.Expect(1).Error.Length == 0 ? null : throw new InvalidOperationException(result.Error);
    }
}
