using System.Net;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Packages;

/// <summary>The program for arm64, run by QEMU's emulation of that processor with the libraries of Debian for it. It shows that it works, not how fast.</summary>
[Collection(ReleaseFiles.Collection)]
public sealed class Arm64Tests(ReleaseFiles release)
{
    // Made by .ci/run: the emulator with those libraries.
    private const string Run = "run-arm64";

    [NeedsFact(ReleaseFiles.Git, ReleaseFiles.Jq, ReleaseFiles.Umoci, ReleaseFiles.Dpkg, "tar", Run)]
    public async Task It_checks_its_configuration_takes_mail_with_TLS_and_stops()
    {
        using var folder = new TemporaryFolder();
        (await Tool.RunAsync("tar", "-xzf", release[$"throttlenet-{ReleaseFiles.Version}-linux-arm64.tar.gz"], "-C", folder.Path, "--strip-components=1")).Expect(0);
        var program = folder.File("throttlenet");
        Assert.Equal(ReleaseFiles.Version, (await Tool.RunAsync(Run, program, "--version")).Expect(0).Output.Trim());
        await using var hop = new ScriptedHop();
        string[] settings = [.. new[] { $"Node:DataDirectory={folder.File("data")}", "Smtp:Listen=127.0.0.1:0", "Admin:Listen=127.0.0.1:0", "Smtp:GreetDelay=00:00:00", $"Relay:Routes:sink.test={hop.EndPoint}" }.SelectMany(s => new[] { "--set", s })];
        Assert.Equal("configuration is good\n", (await Tool.RunAsync(Run, [program, "check-config", .. settings])).Expect(0).Output);

        await using var node = Tool.Start(Run, [program, "run", .. settings]);
        var started = LogLine.Parse(await node.LineAsync("its start", l => LogLine.Parse(l)?.EventId == 100))!;
        await using (var client = await RawClient.ConnectAsync(IPEndPoint.Parse(started.State["Smtp"])))
        {
            await client.TalkAsync("<220", ">EHLO client.test", "<250", ">STARTTLS", "<220");
            await client.StartTlsAsync();
            await client.TalkAsync(">EHLO client.test", "<250", ">MAIL FROM:<a@client.test>", "<250", ">RCPT TO:<b@sink.test>", "<250", ">DATA", "<354", ">Subject: hello", ">", ">.", "<250", ">QUIT", "<221");
        }

        Assert.Single(hop.Messages);
        using (var http = new HttpClient { BaseAddress = new Uri($"http://{started.State["Dashboard"]}/") })
        {
            Assert.Contains("throttlenet_sessions_total", await http.GetStringAsync(new Uri("metrics", UriKind.Relative)), StringComparison.Ordinal);
            Assert.Contains("Recent sessions", await http.GetStringAsync(new Uri("/", UriKind.Relative)), StringComparison.Ordinal);
        }

        Assert.Equal(0, await node.StopAsync());
    }
}
