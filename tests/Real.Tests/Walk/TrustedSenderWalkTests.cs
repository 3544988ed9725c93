using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ThrottleNet.Real.Tests.Packages;

namespace ThrottleNet.Real.Tests.Walk;

/// <summary>A trusted sender follows docs/trusted-sender.md: a direct map beside Postfix, and the check that it answers.</summary>
public sealed partial class TrustedSenderWalkTests
{
    private const string Document = "docs/trusted-sender.md";
    private const string Heading = "## With Postfix: one line";

    [NeedsFact("root", "ip", "nc", "smtp-sink", "dnsmasq", "postconf", "postmap")]
    public async Task With_Postfix()
    {
        await using var machine = await CleanMachine.StartAsync(Assert.Single(InstallDocument.Blocks("README.md", "## The first ten minutes of an operator", "")));
        var map = JsonNode.Parse(Assert.Single(InstallDocument.Blocks(Document, Heading, "json")))!;
        map["Node"]!["DataDirectory"] = Path.Combine(machine.Work, "data");
        await File.WriteAllTextAsync(Path.Combine(machine.Work, "direct.json"), map.ToJsonString());
        var commands = Assert.Single(InstallDocument.Blocks(Document, Heading, "sh")).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.Equal(2, commands.Length);
        await machine.StartNodeAsync(commands[0]);

        // Postfix's configuration is a folder of this machine's own.
        const string Postfix = "export MAIL_CONFIG=$PWD/postfix; ";
        await machine.RunAsync("mkdir postfix && : >postfix/main.cf && : >postfix/master.cf");
        await machine.RunAsync(Postfix + commands[1]);
        Assert.Equal("transport_maps = socketmap:inet:127.0.0.1:10041:direct\n", await machine.RunAsync($"{Postfix}postconf -n transport_maps"));
        var check = Check().Match(File.ReadAllText(Path.Combine(ReleaseFiles.Source, Document))).Groups[1].Value;
        Assert.Equal("smtp:[mail.example.com]\n", await machine.RunAsync(Postfix + check));
    }

    [GeneratedRegex("Check it: `(postmap [^`]+)`")]
    private static partial Regex Check();
}
