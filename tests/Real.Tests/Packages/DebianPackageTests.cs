using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Packages;

/// <summary>The Debian package: what is in it, and its life in a Debian of the test's own, by the commands of docs/install.md.</summary>
[Collection(ReleaseFiles.Collection)]
public sealed partial class DebianPackageTests(ReleaseFiles release)
{
    private const string Conffile = "/etc/throttlenet/node.json";
    private const string OldVersion = "0.0.1";

    private const int Senders = 3;

    // Sends one message after the other; one that was not taken again, as a mail server does. Prints the subject of each that was taken. $0 is the folder.
    private const string SendSteadily = """
        i=0
        while [ ! -e "$0/stop" ]; do
          i=$((i + 1))
          until swaks --server 10.77.0.25 --port 25 --from list@people.test --to someone@sink.test --header "Subject: load-$1-$i" >/dev/null 2>&1; do sleep 0.2; done
          echo "load-$1-$i"
        done
        """;

    // CAP_NET_BIND_SERVICE is capability 10 (capabilities(7)).
    private const string BindOnly = "0000000000000400";

    [NeedsFact(ReleaseFiles.Git, ReleaseFiles.Jq, ReleaseFiles.Umoci, ReleaseFiles.Dpkg, "lintian")]
    public async Task Lintian_finds_no_error_and_no_warning()
    {
        foreach (var architecture in new[] { "amd64", "arm64" })
        {
            string[] arguments = ["--allow-root", "--fail-on", "error,warning", "--tag-display-limit", "0", release[$"throttlenet_{ReleaseFiles.PackageVersion}_{architecture}.deb"]];
            var lintian = await Tool.RunAsync("lintian", arguments, patience: Eventually.LongPatience);
            Assert.True(lintian.ExitCode == 0, lintian.ToString());
        }
    }

    [NeedsFact(ReleaseFiles.Git, ReleaseFiles.Jq, ReleaseFiles.Umoci, ReleaseFiles.Dpkg, "systemd-analyze", "man")]
    public async Task Its_unit_and_its_manual_page_are_well_formed()
    {
        using var folder = new TemporaryFolder();
        (await Tool.RunAsync("dpkg-deb", "-x", release[ReleaseFiles.Deb], folder.Path)).Expect(0);
        Assert.Equal("ELF 183", $"ELF {await MachineAsync("arm64")}"); // EM_AARCH64
        var unit = folder.File("usr/lib/systemd/system/throttlenet.service");
        foreach (var other in new[] { "sysinit", "basic", "shutdown", "network-online" })
        {
            folder.Write($"usr/lib/systemd/system/{other}.target", "[Unit]\nDescription=of the system\nDefaultDependencies=no\n");
        }

        File.Copy("/bin/true", Path.Combine(folder.Make("bin"), "kill"));
        Assert.Equal("", (await Tool.RunAsync("systemd-analyze", "--root", folder.Path, "--man=no", "verify", unit)).Expect(0).Error);
        var exposure = (await Tool.RunAsync("systemd-analyze", "--root", folder.Path, "--no-pager", "security", "--offline=true", "--threshold=30", "throttlenet.service")).Expect(0);
        Assert.Contains("OK", exposure.Output, StringComparison.Ordinal);
        Assert.Equal("/bin/kill -HUP $MAINPID", SystemdUnit.Parse(await File.ReadAllTextAsync(unit))["ExecReload"]);

        var manual = await Tool.RunAsync("man", "--warnings", "-l", folder.File("usr/share/man/man8/throttlenet.8.gz"));
        Assert.Equal("", manual.Expect(0).Error);
        Assert.Contains("check-config", manual.Output, StringComparison.Ordinal);
        Assert.Contains($"ThrottleNet {ReleaseFiles.Version}", manual.Output, StringComparison.Ordinal);
    }

    [NeedsFact(ReleaseFiles.Git, ReleaseFiles.Jq, ReleaseFiles.Umoci, ReleaseFiles.Dpkg, "root", "ip", "nc", "swaks", "smtp-sink", "setpriv", "unshare", "prlimit", "curl")]
    public async Task It_is_installed_takes_mail_on_port_25_is_upgraded_removed_and_purged()
    {
        await using var network = await TestNetwork.CreateAsync();
        var host = await network.AddAsync(IPAddress.Parse("10.77.0.25"));
        await using var root = await DebianRoot.CreateAsync(host);
        await using var manager = new ServiceManager(root);
        using var folder = new TemporaryFolder();
        (await Tool.RunAsync("chown", "nobody", folder.Make("mail"))).Expect(0);
        await using var sink = Tool.Start("smtp-sink", ["-u", "nobody", "-d", folder.File("mail/"), "127.0.0.1:4025", "100"], host);
        var blocks = InstallDocument.Blocks("docs/install.md", "## Debian package", "sh");
        Assert.Equal(2, blocks.Count);

        // The first installation starts the service.
        await OfferAsync(root, OldVersion);
        await root.RunAsync(blocks[0]);
        Assert.Equal(["READY=1"], manager.States);
        await CheckProcessAsync(manager, root);
        var page = await Tool.RunAsync("curl", ["-sf", "http://127.0.0.1:8025/healthz"], host: host);
        page.Expect(0);

        // Port 25, as the document says, with a destination.
        var written = Assert.Single(InstallDocument.Blocks("docs/install.md", "## Debian package", "jsonc"));
        var configuration = written.TrimEnd().TrimEnd('}') + """
            , "Relay": { "Routes": { "sink.test": "127.0.0.1:4025" } }, "Trust": { "Entries": [ "10.77.0.25/32" ] }, "Telemetry": { "LogFormat": "json" } }
            """;
        await File.WriteAllTextAsync(Path.Combine(root.Shared, "node.json"), configuration);
        await root.RunAsync($"cat node.json >{Conffile}");
        var status = await root.RunAsync(blocks[1]);
        Assert.Contains("configuration is good", status, StringComparison.Ordinal);
        await SendAsync(host, folder);

        // An upgrade keeps the configuration and the data, and loses no mail that comes meanwhile.
        var senders = Enumerable.Range(0, Senders).Select(i => Tool.Start("sh", ["-c", SendSteadily, folder.Path, $"{i}"], host)).ToList();
        await AcknowledgedAsync(senders, Senders);
        await root.RunAsync("mkdir -p /var/lib/throttlenet/trust && echo secret >/var/lib/throttlenet/trust/key.pem");
        var before = manager.Service!.Id;
        await OfferAsync(root, ReleaseFiles.PackageVersion);
        await root.RunAsync(blocks[0]);
        Assert.NotEqual(before, manager.Service!.Id);
        Assert.Equal(0, manager.ExitCode);
        Assert.Equal(ReleaseFiles.PackageVersion, (await root.RunAsync("dpkg-query -W -f '${Version}' throttlenet")).Trim());
        Assert.Equal(configuration, await root.RunAsync($"cat {Conffile}"));
        Assert.Equal("secret\n", await root.RunAsync("cat /var/lib/throttlenet/trust/key.pem"));
        await CheckProcessAsync(manager, root);
        await AcknowledgedAsync(senders, senders.Sum(sender => sender.Lines.Count) + (2 * Senders)); // those under way may be of before
        folder.Write("stop", "");
        var acknowledged = new List<string>();
        foreach (var sender in senders)
        {
            Assert.Equal(0, await sender.ExitAsync());
            acknowledged.AddRange(sender.Lines);
            await sender.DisposeAsync();
        }

        var arrived = Directory.GetFiles(folder.File("mail")).Select(File.ReadAllText).Select(text => Subject().Match(text)).Where(m => m.Success).Select(m => m.Groups[1].Value);
        Assert.Equal(acknowledged.Order(StringComparer.Ordinal), arrived.Order(StringComparer.Ordinal));
        await SendAsync(host, folder);

        await root.RunAsync("apt-get remove -y throttlenet");
        Assert.Null(manager.Service);
        Assert.Equal(0, manager.ExitCode);
        Assert.Equal("STOPPING=1", manager.States[^1]);
        Assert.False(await root.HasAsync("/usr/bin/throttlenet"));
        Assert.True(await root.HasAsync(Conffile));
        Assert.True(await root.HasAsync("/var/lib/throttlenet/trust/key.pem"));

        await root.RunAsync("apt-get purge -y throttlenet");
        Assert.False(await root.HasAsync("/etc/throttlenet"));
        Assert.False(await root.HasAsync("/var/lib/throttlenet"));
        Assert.DoesNotContain("\"LogLevel\":\"Error\"", manager.Output, StringComparison.Ordinal);
    }

    // As an unprivileged user, with the one capability, in a system that is read-only but for its data.
    private static async Task CheckProcessAsync(ServiceManager manager, DebianRoot root)
    {
        var status = File.ReadLines($"/proc/{manager.Service!.Id}/status").Select(l => l.Split(':', 2)).ToDictionary(p => p[0], p => p[1].Trim());
        var user = (await root.RunAsync("id -u throttlenet")).Trim();
        Assert.NotEqual("0", user);
        Assert.Equal([user, user, user, user], status["Uid"].Split('\t'));
        Assert.Equal((BindOnly, BindOnly, BindOnly, "1"), (status["CapEff"], status["CapBnd"], status["CapAmb"], status["NoNewPrivs"]));
        Assert.Equal("throttlenet", status["Name"]);
        var written = await Tool.RunAsync("nsenter", $"--mount=/proc/{manager.Service.Id}/ns/mnt", "touch", $"{root.Path}/usr/written", $"{root.Path}/etc/written");
        Assert.Equal(2, written.Error.Split("Read-only file system").Length - 1);
        (await Tool.RunAsync("nsenter", $"--mount=/proc/{manager.Service.Id}/ns/mnt", "touch", $"{root.Path}/var/lib/throttlenet/written")).Expect(0);
    }

    private static async Task SendAsync(NetworkHost host, TemporaryFolder folder)
    {
        var before = Directory.GetFiles(folder.File("mail")).Length;
        (await Tool.RunAsync("swaks", ["--server", "10.77.0.25", "--port", "25", "--from", "friend@people.test", "--to", "someone@sink.test"], host: host)).Expect(0);
        await Eventually.HoldsAsync("the message at its destination", () => Directory.GetFiles(folder.File("mail")).Length == before + 1);
    }

    private static Task AcknowledgedAsync(List<RunningProcess> senders, int messages) =>
        Eventually.HoldsAsync($"{messages} messages to be acknowledged", () => senders.Sum(sender => sender.Lines.Count) >= messages);

    // Puts the package into the folder of the commands: as it is, or under an older version.
    private async Task OfferAsync(DebianRoot root, string version)
    {
        foreach (var old in Directory.GetFiles(root.Shared, "*.deb"))
        {
            File.Delete(old);
        }

        var name = string.Create(CultureInfo.InvariantCulture, $"throttlenet_{version}_amd64.deb");
        if (version == ReleaseFiles.PackageVersion)
        {
            File.Copy(release[ReleaseFiles.Deb], Path.Combine(root.Shared, name));
            return;
        }

        using var folder = new TemporaryFolder();
        (await Tool.RunAsync("dpkg-deb", "-R", release[ReleaseFiles.Deb], folder.File("package"))).Expect(0);
        var control = folder.File("package/DEBIAN/control");
        await File.WriteAllTextAsync(control, (await File.ReadAllTextAsync(control)).Replace(ReleaseFiles.PackageVersion, version, StringComparison.Ordinal));
        (await Tool.RunAsync("dpkg-deb", "--root-owner-group", "-Znone", "-b", folder.File("package"), Path.Combine(root.Shared, name))).Expect(0);
    }

    // The machine in the header of the program's file (ELF-64 object file format, figure 3).
    private async Task<int> MachineAsync(string architecture)
    {
        using var folder = new TemporaryFolder();
        (await Tool.RunAsync("dpkg-deb", "-x", release[$"throttlenet_{ReleaseFiles.PackageVersion}_{architecture}.deb"], folder.Path)).Expect(0);
        await using var program = File.OpenRead(folder.File("usr/lib/throttlenet/throttlenet"));
        var header = new byte[20];
        await program.ReadExactlyAsync(header);
        return BitConverter.ToUInt16(header, 18);
    }

    [GeneratedRegex(@"(?m)^Subject: (load-\d+-\d+)\r?$")]
    private static partial Regex Subject();
}
