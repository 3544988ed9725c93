using System.Text.Json;
using ThrottleNet.Real.Tests.Guard;
using ThrottleNet.Real.Tests.Harness;
using ThrottleNet.Real.Tests.Packages;

namespace ThrottleNet.Real.Tests.Doctor;

/// <summary>
/// The settings of docs/domain-owner.md by which a mail server or filter sees the sender, and not the relay: read from there, checked by the program itself, and
/// tried with a relay at 192.0.2.10 and a sender at 198.51.100.7, which the trusted list of the world holds.
/// </summary>
public sealed class SenderRecipeTests
{
    private const string Document = "docs/domain-owner.md", Heading = "## Let your mail server see the sender";
    private const string Relay = "192.0.2.10", OtherHost = "192.0.2.99", Sender = "198.51.100.7";

    // As a relay and then the mail server write it.
    private const string Message = $"""
        Received: from a.throttle-mx.example.net (a.throttle-mx.example.net [{Relay}])
        	by mail.example.com (Postfix) with ESMTPS id 4F0000000
        	for <someone@example.com>; Sat, 28 Nov 2026 12:00:01 +0000
        Received: from client.people.test (unknown [{Sender}])
        	by a.throttle-mx.example.net (ThrottleNet) with ESMTPS id 1
        	for <someone@example.com>; Sat, 28 Nov 2026 12:00:00 +0000
        From: ann@people.test
        Subject: hello

        hello

        """;

    // The blocks in the order of the document.
    private enum Block
    {
        Postfix,
        EximMain,
        EximAcl,
        RspamdOptions,
        RspamdRelay,
        SpamAssassin,
    }

    [NeedsFact("postconf")]
    public async Task Postfix_takes_the_setting()
    {
        using var folder = new TemporaryFolder();
        folder.Write("master.cf", "");
        folder.Write("main.cf", Read(Block.Postfix));
        var shown = (await Tool.RunAsync("postconf", "-c", folder.Path, "-n")).Expect(0);
        Assert.Contains(Read(Block.Postfix), shown.Output, StringComparison.Ordinal);
        Assert.Empty(shown.Error);
    }

    [NeedsFact(RecipeWorld.Root, RecipeWorld.Ip, "exim")]
    public async Task Exim_does_not_look_a_relay_up_in_blocklists()
    {
        await using var world = await RecipeWorld.StartAsync();
        var configuration = world.Folder.Write("exim.conf", $"""
            primary_hostname = mail.example.com
            domainlist local_domains = example.com
            {Read(Block.EximMain)}
            acl_smtp_rcpt = check_rcpt
            begin acl
            check_rcpt:
            {Read(Block.EximAcl).Replace("zen.spamhaus.org", "list.relays.example.net", StringComparison.Ordinal)}
              accept domains = +local_domains

            """);
        (await Tool.RunAsync("exim", ["-C", configuration, "-bV"])).Expect(0);
        Assert.Contains("\n250 Accepted", await TalkAsync(world, configuration, OtherHost), StringComparison.Ordinal);
        Assert.Contains("\n550 198.51.100.7 is listed in list.relays.example.net", await TalkAsync(world, configuration, Sender), StringComparison.Ordinal);
        var listed = world.Folder.Write("relay.conf", (await File.ReadAllTextAsync(configuration)).Replace(Relay, Sender, StringComparison.Ordinal));
        Assert.Contains("\n250 Accepted", await TalkAsync(world, listed, Sender), StringComparison.Ordinal);
    }

    [NeedsFact(RecipeWorld.Root, RecipeWorld.Ip, "rspamd", "rspamadm", "curl")]
    public async Task Rspamd_judges_the_sender_behind_a_relay()
    {
        await using var world = await RecipeWorld.StartAsync();
        var folder = world.Folder;
        folder.Write("tld.dat", "com\ntest\n");
        var file = folder.Write("rspamd.conf", $$"""
            options {
              pidfile = "{{folder.File("pid")}}"; tempdir = "{{folder.Path}}"; cache_file = "{{folder.File("symbols")}}"; hs_cache_dir = "{{folder.Path}}"; maps_cache_dir = "{{folder.Path}}";
              url_tld = "{{folder.File("tld.dat")}}"; filters = "";
              {{Read(Block.RspamdOptions)}}
            }
            logging { type = "console"; level = "info"; color = false; }
            actions { reject = 15; add_header = 6; greylist = null; }
            modules { path = "/usr/share/rspamd/plugins/rbl.lua"; path = "/usr/share/rspamd/plugins/external_relay.lua"; }
            external_relay { {{Read(Block.RspamdRelay)}} }
            rbl { {{Recipes.Block("rbls {")}} }
            worker "normal" { bind_socket = "127.0.0.1:11333"; count = 1; }

            """);
        Assert.Contains("syntax OK", (await Tool.RunAsync("rspamadm", "configtest", "-c", file)).Expect(0).Output, StringComparison.Ordinal);
        await using var server = Tool.Start("rspamd", ["-f", "-i", "-c", file], world.Server);
        await Eventually.HoldsAsync("rspamd", async () => (await Tool.RunAsync("curl", ["-s", "http://127.0.0.1:11333/ping"], host: world.Server)).Output.StartsWith("pong", StringComparison.Ordinal));
        Assert.Contains("THROTTLENET_TRUSTED", await SymbolsAsync(world, Relay));
        Assert.DoesNotContain("THROTTLENET_TRUSTED", await SymbolsAsync(world, OtherHost));
    }

    [NeedsFact("spamassassin")]
    public async Task SpamAssassin_judges_the_sender_behind_a_relay()
    {
        using var folder = new TemporaryFolder();
        folder.Make("site");
        folder.Make("rules");
        folder.Write("site/local.cf", $"{Read(Block.SpamAssassin)}add_header all External _RELAYSEXTERNAL_\n");
        folder.Write("site/init.pre", "loadplugin Mail::SpamAssassin::Plugin::Check\n");
        folder.Write("rules/hello.cf", "body HELLO /hello/\nutil_rb_tld com net test\n"); // it starts with no less than one rule
        string[] options = ["--siteconfigpath", folder.File("site"), "--configpath", folder.File("rules"), "--prefspath", folder.Write("user_prefs", ""), "--local"];
        (await Tool.RunAsync("spamassassin", ["--lint", .. options])).Expect(0);
        Assert.Contains($"[ ip={Sender} ", await ExternalAsync(options, Message), StringComparison.Ordinal);
        Assert.Contains($"[ ip={OtherHost} ", await ExternalAsync(options, Message.Replace(Relay, OtherHost, StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    private static string Read(Block block) => InstallDocument.Blocks(Document, Heading, "")[(int)block];

    // exim -bh plays an SMTP session from an address.
    private static async Task<string> TalkAsync(RecipeWorld world, string configuration, string client) => (await Tool.RunAsync(
        "exim", ["-C", configuration, "-bh", client], "EHLO client.test\r\nMAIL FROM:<ann@people.test>\r\nRCPT TO:<someone@example.com>\r\nQUIT\r\n", world.Server)).Output.ReplaceLineEndings("\n");

    private static async Task<IReadOnlyList<string>> SymbolsAsync(RecipeWorld world, string client)
    {
        var said = (await Tool.RunAsync(
            "curl",
            ["-s", "-H", $"IP: {client}", "-H", "From: ann@people.test", "-H", "Rcpt: someone@example.com", "--data-binary", Message, "http://127.0.0.1:11333/checkv2"],
            host: world.Server)).Expect(0).Output;
        return [.. JsonElement.Parse(said).GetProperty("symbols").EnumerateObject().Select(symbol => symbol.Name)];
    }

    // The hosts outside of the networks that are its own, the nearest first.
    private static async Task<string> ExternalAsync(string[] options, string message) =>
        (await Tool.RunAsync("spamassassin", options, message)).Expect(0).Output.Replace("\n\t", " ", StringComparison.Ordinal).Split('\n').First(l => l.StartsWith("X-Spam-External: ", StringComparison.Ordinal))["X-Spam-External: ".Length..];
}
