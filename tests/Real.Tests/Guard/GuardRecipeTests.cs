using System.Text.Json;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Guard;

/// <summary>Mail servers that ask the guard as docs/other-mail-servers.md says.</summary>
public sealed class GuardRecipeTests
{
    private const string Deferred = "takes mail from unknown hosts through";

    [NeedsFact(RecipeWorld.Root, RecipeWorld.Ip, RecipeWorld.Client, "smtpd", "nc", "python3")]
    public async Task OpenSMTPD_answers_as_the_guard_says()
    {
        await using var world = await RecipeWorld.StartAsync();
        var script = world.Script("guard", Recipes.Block("#!/usr/bin/env python3"));
        var configuration = world.Folder.Write("smtpd.conf", $"""
            {Recipes.Block("filter \"guard\"").Replace("/etc/smtpd/guard", script, StringComparison.Ordinal)}
            action "in" relay host smtp://127.0.0.1
            match from any for domain "dest.test" action "in"

            """);
        await using var server = OpenSmtpd.Start(world.Folder, configuration, world.Server);
        await world.OpenAsync(server);

        Assert.StartsWith("250", await world.TalkAsync(world.Trusted), StringComparison.Ordinal);
        var deferred = await world.TalkAsync(world.Stranger);
        Assert.StartsWith("45", deferred, StringComparison.Ordinal);
        Assert.Contains(Deferred, deferred, StringComparison.Ordinal);
        await world.Node.StopAsync();
        Assert.Matches("^451 .*the guard does not answer", await world.TalkAsync(world.Trusted));
    }

    [NeedsFact(RecipeWorld.Root, RecipeWorld.Ip, RecipeWorld.Client, "node", "npm:Haraka", "nc")]
    public async Task Haraka_answers_as_the_guard_says()
    {
        await using var world = await RecipeWorld.StartAsync();
        var haraka = Path.Combine(Needs.ScriptFolder, "node_modules/Haraka/bin/haraka");
        (await Tool.RunAsync("node", haraka, "-i", world.Folder.Path)).Expect(0);
        world.Folder.Write("plugins/throttlenet.js", Recipes.Block("const http = require"));
        world.Folder.Write("config/plugins", "throttlenet\nrcpt_to.in_host_list\n");
        world.Folder.Write("config/host_list", "dest.test\n");
        world.Folder.Write("config/smtp.ini", $"listen={world.Server.Address}:25\n");
        await using var server = Tool.Start("node", [haraka, "-c", world.Folder.Path], world.Server);
        await world.OpenAsync(server);

        Assert.StartsWith("250", await world.TalkAsync(world.Trusted), StringComparison.Ordinal);
        Assert.StartsWith("550", await world.TalkAsync(world.Trusted, "someone@elsewhere.test"), StringComparison.Ordinal);
        var deferred = await world.TalkAsync(world.Stranger);
        Assert.StartsWith("45", deferred, StringComparison.Ordinal);
        Assert.Contains(Deferred, deferred, StringComparison.Ordinal);
        await world.Node.StopAsync();
        Assert.Matches("^45.*the guard does not answer", await world.TalkAsync(world.Trusted));
    }

    [NeedsFact(RecipeWorld.Root, RecipeWorld.Ip, "rspamd", "curl")]
    public async Task Rspamd_defers_whom_the_zone_does_not_know()
    {
        await using var world = await RecipeWorld.StartAsync();
        var folder = world.Folder;
        folder.Write("tld.dat", "com\ntest\n");
        var file = folder.Write("rspamd.conf", $$"""
            options {
              pidfile = "{{folder.File("pid")}}"; tempdir = "{{folder.Path}}"; cache_file = "{{folder.File("symbols")}}"; hs_cache_dir = "{{folder.Path}}"; maps_cache_dir = "{{folder.Path}}";
              url_tld = "{{folder.File("tld.dat")}}"; filters = "";
            }
            logging { type = "console"; level = "info"; color = false; }
            actions { reject = 15; add_header = 6; greylist = null; }
            modules { path = "/usr/share/rspamd/plugins/rbl.lua"; path = "/usr/share/rspamd/plugins/force_actions.lua"; }
            rbl { {{Recipes.Block("rbls {")}} }
            force_actions { {{Recipes.Block("rules {\n  THROTTLENET_DIRECT")}} }
            worker "normal" { bind_socket = "127.0.0.1:11333"; count = 1; }

            """);
        await using var server = Tool.Start("rspamd", ["-f", "-i", "-c", file], world.Server);
        await Eventually.HoldsAsync("rspamd", async () => (await Tool.RunAsync("curl", ["-s", "http://127.0.0.1:11333/ping"], host: world.Server)).Output.StartsWith("pong", StringComparison.Ordinal));

        Assert.Equal("no action", (await CheckAsync(world, "198.51.100.7")).GetProperty("action").GetString());
        var deferred = await CheckAsync(world, "192.0.2.7");
        Assert.Equal("soft reject", deferred.GetProperty("action").GetString());
        Assert.Contains(Deferred, deferred.GetProperty("messages").GetProperty("smtp_message").GetString(), StringComparison.Ordinal);
        await world.Node.StopAsync();
        Assert.Equal("soft reject", (await CheckAsync(world, "198.51.100.8")).GetProperty("action").GetString());
    }

    [NeedsFact(RecipeWorld.Root, RecipeWorld.Ip, SendmailProgram.Name, "unshare")]
    public async Task Sendmail_defers_whom_the_zone_does_not_know()
    {
        await using var world = await RecipeWorld.StartAsync();
        Directory.CreateDirectory(world.Folder.File("queue"));
        var configuration = world.Folder.Write("sendmail.cf", $"""
            V10/Berkeley
            O DontProbeInterfaces=true
            O ServiceSwitchFile={world.Folder.Write("service.switch", "hosts files\npasswd files\naliases files\n")}
            O QueueDirectory={world.Folder.File("queue")}
            Djdest.test
            {Recipes.Part("Kguard dns", "LOCAL_RULESETS")}
            Mlocal, P=/bin/true, F=l, A=true
            Mprog, P=/bin/true, F=l, A=true
            S3
            S0
            S4
            {Recipes.Block("SLocal_check_rcpt")}

            """);

        Assert.Matches(@"returns: OK\s", await AskAsync(world, configuration, "10.77.0.9"));
        Assert.Matches(@"returns: \$# error \$@ 4 \. 7 \. 1 \$: .*" + Deferred, await AskAsync(world, configuration, "10.77.0.3"));
        Assert.Matches(@"returns: OK\s", await AskAsync(world, configuration, "127.0.0.1"));
        await world.Node.StopAsync();
        Assert.Matches(@"returns: \$# error \$@ 4 \. 7 \. 1 ", await AskAsync(world, configuration, "198.51.100.8"));
    }

    private static async Task<JsonElement> CheckAsync(RecipeWorld world, string client) => JsonElement.Parse((await Tool.RunAsync(
        "curl",
        ["-s", "-H", $"IP: {client}", "-H", "From: ann@people.test", "-H", "Rcpt: someone@dest.test", "--data-binary", "From: ann@people.test\nSubject: hello\n\nhello\n", "http://127.0.0.1:11333/checkv2"],
        host: world.Server)).Expect(0).Output);

    // sendmail -bt runs a ruleset. ".D" sets a macro.
    private static async Task<string> AskAsync(RecipeWorld world, string configuration, string client) => (await SendmailProgram.RunAsync(
        ["-bt", $"-C{configuration}"], $".D{{client_addr}}{client}\nLocal_check_rcpt <someone@dest.test>\n", world.Server)).Output;
}
